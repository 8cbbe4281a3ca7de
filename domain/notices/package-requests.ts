/** What a released package asks of people. Times are plan time. */
import { askedFromMs } from '../authority/access-claims.ts';
import { answersTo } from '../authority/answers.ts';
import { shownOf } from '../authority/proposals.ts';
import { whoMay } from '../authority/who-may.ts';
import type { PackageSection } from '../plan/section.ts';
import { instantText } from '../time/instant.ts';
import type { AccessClaimView } from '../views/access-claim.ts';
import type { ProposalView } from '../views/proposal.ts';
import { clearerText, type Clearer } from '../views/dependency.ts';
import type { Action, ActionOf } from './action.ts';
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
  /** From this instant its owner is asked whether it is still needed. Undefined: never. */
  certifyFromMs?: number;
  /** When the acceptance of its risk expires. */
  riskExpiresMs?: number;
  /** Claims of people on its access. */
  claims?: AccessClaimView[];
  /** Why what is no longer claimed could not be revoked yet. */
  claimsProblem?: string;
  /** The owner has left, so the operators are asked. */
  ownerGone: boolean;
}

const dayMs = 86_400_000;
/** How long in advance, so that someone can still act. */
const riskAskedBeforeMs = 7 * dayMs;
const certifiedWithinMs = 14 * dayMs;

export function packageRequests(standing: PackageFacts, nowMs: number): PersonRequest[] {
  const { section, proposal, certifyFromMs, riskExpiresMs } = standing;
  const { id, owner } = section.package;
  const name = `'${id}'`;
  const target = { plan: standing.plan, wave: standing.wave, package: id };
  const toOwner = { package: id, to: standing.ownerGone ? standing.operators : [owner], delegates: delegatesOf(section, nowMs), urgent: false };
  const requests: PersonRequest[] = [];
  if (proposal) requests.push(...proposalRequests(standing, proposal, target, nowMs));
  if (certifyFromMs !== undefined && certifyFromMs <= nowMs)
    requests.push({
      ...toOwner,
      key: `certification:${certifyFromMs}`,
      kind: 'certification',
      byMs: certifyFromMs + certifiedWithinMs,
      text: `Is ${name} still needed, unchanged and by the same people? Certify it, or change or retire it in the plan.`,
      action: { type: 'certify', target, fields: { supply: ['reason'] } },
    });
  if (riskExpiresMs !== undefined && riskExpiresMs - riskAskedBeforeMs <= nowMs)
    requests.push({
      ...toOwner,
      key: `riskExpiry:${riskExpiresMs}`,
      kind: 'riskExpiry',
      byMs: riskExpiresMs,
      text: `The acceptance of the ${section.package.risk} risk of ${name} ${riskExpiresMs <= nowMs ? 'expired' : 'expires'} on ${instantText(riskExpiresMs)}, and its access is still granted. Certify it with a new date, or roll it back.`,
      action: { type: 'certify', target, fields: { supply: ['riskUntilMs', 'reason'] } },
    });
  requests.push(...claimRequests(standing, target, toOwner, nowMs));
  return requests;
}

/** How long the owner is told of a claim, and may object before it is only listed. */
const objectWithinMs = 3 * dayMs;

function claimRequests(
  { section, operators, ownerGone, claims = [], claimsProblem }: PackageFacts,
  target: Target,
  toOwner: Pick<PersonRequest, 'package' | 'to' | 'delegates' | 'urgent'>,
  nowMs: number,
): PersonRequest[] {
  const name = `'${section.package.id}'`;
  const owners = [section.package.owner, ...toOwner.delegates];
  // Someone who has become an operator since, or receives the access, may only end what they claimed.
  const mayRenew = new Set(claims.some(({ keeps }) => keeps) ? whoMay({ section, wave: undefined, operators }, 'claim', nowMs) : []);
  const told = claims
    .filter(({ atMs, overdue }) => !overdue && nowMs < atMs + objectWithinMs)
    .map((claim): PersonRequest => ({
      ...toOwner,
      key: `claim:${claim.id}`,
      kind: 'claim',
      byMs: Math.min(claim.atMs + objectWithinMs, claim.untilMs),
      text: `${claim.by} claims ${accessOf(claim)} of ${name} until ${instantText(claim.untilMs)}: ${sentence(claim.reason)} ${claim.keeps ? 'The rollback kept it for that.' : 'A rollback would keep it for that.'} Contest the claim if this access must go.`,
      action: { type: 'endClaim', target, fields: { claim: claim.id, by: owners, supply: ['reason'] } },
    }));
  const ending = claims
    .filter((claim) => claim.keeps && nowMs >= askedFromMs(claim))
    .map((claim): PersonRequest => ({
      package: section.package.id,
      key: `claimExpiry:${claim.id}`,
      kind: 'claimExpiry',
      to: [claim.by],
      delegates: owners.filter((person) => person !== claim.by),
      byMs: claim.untilMs,
      text: `The claim of ${claim.by} on ${accessOf(claim)} of ${name}, which was rolled back, ${claim.overdue ? 'ended' : 'ends'} on ${instantText(claim.untilMs)}. Nothing is revoked by itself: end the claim, which revokes the access${mayRenew.has(claim.by) ? ', or renew it with a new date and a reason' : `; ${claim.by} may not renew it, another claimant may claim the access`}. If ${claim.by} does not answer, ${section.package.owner} is asked and may contest it.`,
      action: mayRenew.has(claim.by)
        ? { type: 'claim', target, fields: { claim: claim.id, by: [claim.by], supply: ['untilMs', 'reason'] } }
        : { type: 'endClaim', target, fields: { claim: claim.id, by: [claim.by, ...owners], supply: ['reason'] } },
      urgent: false,
    }));
  if (claimsProblem === undefined) return [...told, ...ending];
  const problem: PersonRequest = {
    package: section.package.id,
    key: 'claimProblem',
    kind: 'claimProblem',
    to: [...new Set([...operators, ...(ownerGone ? [] : [section.package.owner])])],
    delegates: [],
    text: `Access of ${name} that nobody claims any more could not be revoked, and is tried again every hour: ${sentence(claimsProblem)} A claimant may also claim it again.`,
    action: { type: 'show', target, fields: {} },
    urgent: true,
  };
  return [...told, ...ending, problem];
}

/** 'clerk of anna in erp', 'clerk of anna in erp and 2 more'. */
function accessOf({ grants }: AccessClaimView): string {
  const [first, ...more] = grants;
  if (!first) return 'access';
  return `${first.role} of ${first.person} in ${first.system}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

/** Instants at which the result of packageRequests changes with time alone. */
export function nextRequestMs({ proposal, certifyFromMs, riskExpiresMs, claims = [] }: PackageFacts, nowMs: number): number | undefined {
  const instants = [
    certifyFromMs,
    riskExpiresMs === undefined ? undefined : riskExpiresMs - riskAskedBeforeMs,
    proposal?.frozen ? freezeAskedFrom(proposal) : undefined,
    ...claims.flatMap((claim) => [claim.atMs + objectWithinMs, claim.untilMs, ...(claim.keeps ? [askedFromMs(claim)] : [])]),
  ];
  const ahead = instants.filter((at) => at !== undefined && at > nowMs);
  return ahead.length > 0 ? Math.min(...(ahead as number[])) : undefined;
}

type Target = ActionOf<'decide'>['target'];

/** Shown with the answer, which counts only for this proposal. */
const decisionOf = (proposal: ProposalView, standing: PackageFacts, nowMs: number): ActionOf<'decide'>['fields'] => ({
  ...shownOf(proposal),
  answers: answersTo(proposal, standing, nowMs),
  supply: ['answer', 'reason'],
});

function proposalRequests(standing: PackageFacts, proposal: ProposalView, target: Target, nowMs: number): PersonRequest[] {
  const { section, operators } = standing;
  const { id, owner } = section.package;
  const name = `'${id}'`;
  const urgent = proposal.kind === 'rollback';
  const action: Action = { type: 'decide', target, fields: decisionOf(proposal, standing, nowMs) };
  const common = { package: id, urgent, delegates: delegatesOf(section, nowMs), action };
  if (standing.approved) return dependencyRequests(standing, proposal, target, nowMs);
  if (proposal.frozen) {
    const { untilMs, answeredBy } = proposal;
    if (untilMs === undefined || nowMs < freezeAskedFrom(proposal)) return [];
    return [
      {
        ...common,
        key: `freezeExpiry:${proposal.id}`,
        kind: 'freezeExpiry',
        to: [answeredBy !== undefined && [owner, ...common.delegates, ...operators].includes(answeredBy) ? answeredBy : owner],
        byMs: untilMs,
        text: `The freeze of ${name} ends on ${instantText(untilMs)}; then ${again[proposal.kind]}. Decide before then, or extend the freeze.`,
      },
    ];
  }
  const blackout = proposal.blackout
    ? ` Blackout '${proposal.blackout.id}' defers it until ${instantText(proposal.blackout.untilMs)}, unless you decide otherwise.`
    : '';
  if (proposal.approvedBy && proposal.approvedBy.length > 0) {
    const besides = (people: string[]) => [...new Set(people)].filter((person) => !proposal.approvedBy?.includes(person));
    // Where the owner is also the only operator, a delegate is the second person.
    const others = besides([owner, ...operators]);
    return [
      {
        ...common,
        key: `${proposal.id}:second`,
        kind: proposal.kind,
        to: others.length > 0 ? others : besides(common.delegates),
        text: `${proposal.approvedBy.join(', ')} approved the rollback of ${name}. A second person must approve it too, and one of the two must be the owner or a delegate: ${sentence(proposal.why)}${blackout}`,
      },
    ];
  }
  return [
    {
      ...common,
      key: proposal.blackout ? `${proposal.id}:${proposal.blackout.id}` : proposal.id,
      kind: proposal.kind,
      to: standing.ownerGone ? operators : [owner],
      text: `${asked[proposal.kind](name)}: ${sentence(proposal.why)}${blackout}`,
    },
  ];
}

/** An approved rollback waits for its dependency check. Everyone who has to clear something is asked. */
function dependencyRequests({ section, operators }: PackageFacts, proposal: ProposalView, target: Target, nowMs: number): PersonRequest[] {
  const open = (proposal.dependencies ?? []).filter(({ clear }) => !clear);
  const byClearer = Map.groupBy(open, ({ clearedBy = { role: 'operators' } }) => JSON.stringify(clearedBy));
  return [...byClearer].map(([key, lines]) => {
    const clearedBy = JSON.parse(key) as Clearer;
    const person = 'person' in clearedBy ? clearedBy.person : undefined;
    const hasDelegates = person !== undefined && [section.package.owner, ...operators].includes(person);
    return {
      key: `dependency:${proposal.id}:${person ?? 'operators'}`,
      kind: 'dependency',
      package: section.package.id,
      to: person === undefined ? operators : [person],
      delegates: hasDelegates ? delegatesOf(section, nowMs) : [],
      text: `The rollback of '${section.package.id}' is approved, and waits until ${clearerText(clearedBy)} clears this: ${lines.map(({ line }) => line).join('; ')}.`,
      action: { type: 'previewRollback', target, fields: { proposal: proposal.id } },
      urgent: true,
    };
  });
}

/** A day before, or half the time if that is less. */
function freezeAskedFrom({ proposedAtMs, untilMs }: ProposalView): number {
  if (untilMs === undefined) return Number.POSITIVE_INFINITY;
  return untilMs - Math.min(dayMs, (untilMs - proposedAtMs) / 2);
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
const again: Record<ProposalView['kind'], string> = {
  tune: 'the tune is proposed again',
  rollback: 'the rollback is proposed again',
  question: 'the question is asked again',
};
const asked: Record<ProposalView['kind'], (name: string) => string> = {
  tune: (name) => `A tune of ${name} is proposed`,
  rollback: (name) => `A rollback of ${name} is proposed`,
  question: (name) => `${name} needs a decision`,
};
