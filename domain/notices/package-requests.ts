/** What a released package asks of people. Times are plan time. */
import type { PackageSection } from '../plan/section.ts';
import { instantText } from '../time/instant.ts';
import type { ProposalView } from '../views.ts';
import type { PersonRequest } from './request.ts';
import { delegatesOf } from './wave-requests.ts';

export interface PackageFacts {
  plan: string;
  wave: string;
  section: PackageSection;
  operators: string[];
  proposal?: ProposalView;
  /** Approved, and waiting for its dependency check. */
  approved: boolean;
  /** The instant from which on its owner is asked whether it is still needed; undefined: never. */
  certifyFromMs?: number;
  /** When the acceptance of its risk runs out. */
  riskExpiresMs?: number;
  /** There is nobody to ask any more: those who run the plan are asked. */
  ownerGone: boolean;
}

const dayMs = 86_400_000;
/** Long enough before it happens that somebody can still act. */
const riskAskedBeforeMs = 7 * dayMs;
const certifiedWithinMs = 14 * dayMs;

export function packageRequests(standing: PackageFacts, nowMs: number): PersonRequest[] {
  const { section, proposal, certifyFromMs, riskExpiresMs } = standing;
  const { id, name, owner } = section.package;
  const target = `${standing.plan}/${standing.wave}/${id}`;
  const toOwner = { package: id, to: standing.ownerGone ? standing.operators : [owner], delegates: delegatesOf(section, nowMs), urgent: false };
  const requests: PersonRequest[] = [];
  if (proposal) requests.push(...proposalRequests(standing, proposal, target, nowMs));
  if (certifyFromMs !== undefined && certifyFromMs <= nowMs)
    requests.push({
      ...toOwner,
      key: `certification:${certifyFromMs}`,
      kind: 'certification',
      byMs: certifyFromMs + certifiedWithinMs,
      text: `Is ${name} still needed as it is, by the same people? Certify it, or have it changed or retired.`,
      command: `rolewave certify ${target} --reason "…"`,
    });
  if (riskExpiresMs !== undefined && riskExpiresMs - riskAskedBeforeMs <= nowMs)
    requests.push({
      ...toOwner,
      key: `expiry:risk:${riskExpiresMs}`,
      kind: 'expiry',
      byMs: riskExpiresMs,
      text: `The acceptance of the ${section.package.risk} risk of ${name} ${riskExpiresMs <= nowMs ? 'ran' : 'runs'} out on ${instantText(riskExpiresMs)}, and the access is out: certify it with a new date, or roll it back.`,
      command: `rolewave certify ${target} --risk-until DATE --reason "…"`,
    });
  return requests;
}

/** Instants at which the answer of packageRequests changes by itself. */
export function nextRequestMs({ proposal, certifyFromMs, riskExpiresMs }: PackageFacts, nowMs: number): number | undefined {
  const instants = [
    certifyFromMs,
    riskExpiresMs === undefined ? undefined : riskExpiresMs - riskAskedBeforeMs,
    proposal?.frozen ? freezeAskedFrom(proposal) : undefined,
  ];
  const ahead = instants.filter((at) => at !== undefined && at > nowMs);
  return ahead.length > 0 ? Math.min(...(ahead as number[])) : undefined;
}

function proposalRequests(standing: PackageFacts, proposal: NonNullable<PackageFacts['proposal']>, target: string, nowMs: number): PersonRequest[] {
  const { section, operators } = standing;
  const { id, name, owner } = section.package;
  const urgent = proposal.kind === 'rollback';
  const common = { package: id, urgent, delegates: delegatesOf(section, nowMs), command: `rolewave decide ${target}` };
  if (standing.approved) return dependencyRequests(standing, proposal, target, nowMs);
  if (proposal.frozen) {
    const { untilMs } = proposal;
    if (untilMs === undefined || nowMs < freezeAskedFrom(proposal)) return [];
    return [
      {
        ...common,
        key: `expiry:${proposal.id}`,
        kind: 'expiry',
        to: [proposal.answeredBy ?? owner],
        byMs: untilMs,
        text: `${name}: the hold on '${kindNames[proposal.kind]}' ends on ${instantText(untilMs)}; then it is proposed again. Decide before, or hold it longer.`,
      },
    ];
  }
  const blackout = proposal.blackout ? ` It is held by the blackout '${proposal.blackout.id}' until ${instantText(proposal.blackout.untilMs)}.` : '';
  if (proposal.approvedBy && proposal.approvedBy.length > 0) {
    const others = [...new Set([owner, ...operators])].filter((person) => !proposal.approvedBy?.includes(person));
    return [
      {
        ...common,
        key: `${proposal.id}:second`,
        kind: proposal.kind,
        to: others,
        text: `${name}: ${proposal.approvedBy.join(', ')} approved the rollback, and its ${section.package.risk} risk asks for a second person (one of the two is the owner or a delegate): ${proposal.why}.${blackout}`,
      },
    ];
  }
  return [
    {
      ...common,
      key: proposal.blackout ? `${proposal.id}:${proposal.blackout.id}` : proposal.id,
      kind: proposal.kind,
      to: standing.ownerGone ? operators : [owner],
      text: `${name}: ${asked[proposal.kind]} ${sentence(proposal.why)}${blackout}`,
    },
  ];
}

/** An approved rollback waits for others: each who has to clear something is asked. */
function dependencyRequests({ section, operators }: PackageFacts, proposal: ProposalView, target: string, nowMs: number): PersonRequest[] {
  const open = (proposal.dependencies ?? []).filter(({ clear }) => !clear);
  const people = new Set([section.package.owner, ...operators]);
  return [...Map.groupBy(open, ({ clearedBy }) => clearedBy ?? '')].map(([person, lines]) => ({
    key: `dependency:${proposal.id}:${person}`,
    kind: 'dependency',
    package: section.package.id,
    to: person === '' || person.includes(' ') ? operators : [person],
    delegates: people.has(person) ? delegatesOf(section, nowMs) : [],
    text: `The rollback of ${section.package.name} is approved and waits for ${person === '' || person.includes(' ') ? 'an operator' : person}: ${lines.map(({ line }) => line).join('; ')}.`,
    command: `rolewave rollback ${target} --preview`,
    urgent: true,
  }));
}

/** A day before, or half of the time where it is shorter. */
function freezeAskedFrom({ proposedAtMs, untilMs }: ProposalView): number {
  if (untilMs === undefined) return Number.POSITIVE_INFINITY;
  return untilMs - Math.min(dayMs, (untilMs - proposedAtMs) / 2);
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
const kindNames: Record<ProposalView['kind'], string> = { tune: 'tune', rollback: 'roll back', question: 'question' };
const asked: Record<ProposalView['kind'], string> = { tune: 'tune it?', rollback: 'roll it back?', question: 'a decision is needed:' };
