/**
 * What can be done about a package in its present state, and who may do it: for pages that offer nobody what the rules refuse. The rules themselves are in
 * who-may.ts and proposals.ts; this only says which of them apply now. A message that comes too late is still refused by its workflow.
 */
import { answersTo } from './answers.ts';
import type { PackageSection } from '../plan/section.ts';
import type { OpenAction } from '../views/open-action.ts';
import type { PackageView } from '../views/package.ts';
import type { ProposalView } from '../views/proposal.ts';
import type { WavePackageView, WaveView } from '../views/wave.ts';
import { signsFor, whoMay, type Who } from './who-may.ts';

/** `sinceMs`: when the revision `since` was applied. */
type Held = NonNullable<WaveView['hold']> & { sinceMs?: number };

export interface Situation {
  section: PackageSection;
  alsoSigns: string[];
  hold?: { liftedBy: string[] } | undefined;
  operators: string[];
  /** Undefined: not started, or ended without a record. */
  wave: (Pick<WaveView, 'stage'> & { hold?: Held }) | undefined;
  planned: WavePackageView | undefined;
  /** Undefined: not released. */
  running: PackageView | undefined;
  /** Two people must approve a rollback of what was released. */
  endedByTwo?: boolean;
  nowMs: number;
}

type Possible = Pick<OpenAction, 'type' | 'item' | 'decision' | 'answer' | 'hold'>;

const namedAtMost = 20;

/** In the order in which a page shows them. `by`: the reader. */
export function openActions(situation: Situation, by: string): OpenAction[] {
  return possible(situation, by).map((action) => {
    const who = allowed(situation, action);
    return { ...action, may: who.includes(by), who: who.slice(0, namedAtMost) };
  });
}

function possible({ wave, planned, running, section, operators, endedByTwo = false, nowMs }: Situation, by: string): Possible[] {
  const waveRuns = wave !== undefined && wave.stage !== 'closed' && wave.stage !== 'aborted';
  const note: Possible[] = waveRuns ? [{ type: 'note' }] : [];
  if (running) return [...afterRelease(running, { section, operators, endedByTwo, nowMs }), ...note];
  return waveRuns && planned && planned.releasedAtMs === undefined ? [...beforeRelease(wave, planned, section, by), ...note] : [];
}

function beforeRelease(wave: { hold?: Held }, { checklist, signOffs, previewDigest }: WavePackageView, section: PackageSection, by: string): Possible[] {
  const decided = signOffs.some((each) => each.by === by && each.decision !== 'withdraw');
  const signed = signOffs.some((each) => each.by === by && each.counts && each.decision === 'approve');
  const decisions: NonNullable<OpenAction['decision']>[] =
    previewDigest === undefined || section.change === 'observe'
      ? []
      : [...(signed ? [] : (['approve'] as const)), 'reject', ...(decided ? (['withdraw'] as const) : [])];
  const items = checklist.filter(({ code }) => code !== 'inPlan' && code !== 'measured' && code !== 'notMeasured' && code !== 'unreadable');
  return [
    ...decisions.map((decision): Possible => ({ type: 'signOff', decision })),
    ...items.map(({ item }): Possible => ({ type: 'evidence', item })),
    ...(wave.hold ? [liftHold(wave.hold)] : []),
    { type: 'setDate' },
    { type: 'holdBack' },
  ];
}

function liftHold({ reason, since, sinceMs }: Held): Possible {
  return { type: 'liftHold', hold: { reason, ...(since === undefined ? {} : { since }), ...(sinceMs === undefined ? {} : { sinceMs }) } };
}

const watched = new Set<PackageView['state']>(['Monitoring', 'Needs tuning', 'Rollback ready']);

function afterRelease(
  { state, watch, proposal, contents, claims = [], endedWhy }: PackageView,
  { section, operators, endedByTwo, nowMs }: Pick<Situation, 'section' | 'operators' | 'endedByTwo' | 'nowMs'>,
): Possible[] {
  if (endedWhy !== undefined || state === 'Retired') return [];
  const claimed = claims.length > 0 ? [{ type: 'endClaim' } as const] : [];
  if (state === 'Rolled back') return claims.some(({ keeps }) => keeps) ? [{ type: 'claim' }, ...claimed] : [];
  const observed = section.change === 'observe';
  const answers = proposal ? answersTo(proposal, { section, operators }, nowMs).filter(({ answer }) => answer !== 'approve' || !isApproved(proposal)) : [];
  return [
    ...answers.map(({ answer }): Possible => ({ type: 'decide', answer })),
    { type: 'evaluate' },
    ...(observed ? [] : [{ type: 'tune' } as const]),
    ...(watched.has(state) ? [{ type: 'extend' } as const] : []),
    ...(watch.paused === undefined ? (watched.has(state) ? [{ type: 'pause' } as const] : []) : [{ type: 'resume' } as const]),
    ...((contents ?? []).length > 0 ? [{ type: 'acceptContent' } as const] : []),
    { type: 'certify' },
    ...(observed || !section.package.rollback.claims ? [] : [{ type: 'claim' } as const]),
    ...claimed,
    ...(observed || proposal?.kind === 'rollback' ? [] : [{ type: 'rollback' } as const]),
    // Nobody ends alone what two must undo (api/ended-by-two.ts).
    ...(endedByTwo ? [] : [{ type: 'abort' } as const]),
  ];
}

const isApproved = ({ kind, approvedBy = [], approvals }: ProposalView) => kind === 'rollback' && approvedBy.length >= (approvals ?? 1);

function allowed({ section, alsoSigns, hold, operators, wave, running, nowMs }: Situation, { type, item, answer }: Possible): string[] {
  const who: Who = { section, wave: { alsoSigns, hold }, operators };
  // A released package knows no wave: who also signs it has no say there, but its wave still takes notes.
  const asked: Who = running && type !== 'note' ? { ...who, wave: undefined } : who;
  const proposal = running?.proposal;
  // Each lifts it once.
  if (type === 'liftHold') return whoMay(asked, type, nowMs).filter((person) => !wave?.hold?.liftedBy.includes(person));
  // Of the claimants, those who made one.
  if (type === 'endClaim') {
    const { claims = [] } = running ?? {};
    return whoMay(asked, type, nowMs).filter((person) => signsFor(section, person, nowMs) !== undefined || claims.some(({ by }) => by === person));
  }
  if (type !== 'decide' || !proposal) return whoMay(asked, type, nowMs, item === undefined ? undefined : { item });
  const may = whoMay(asked, type, nowMs, { answer, kind: proposal.kind });
  return answer === 'approve' ? secondAmong(may, proposal, section, nowMs) : may;
}

/** Of two who approve a rollback, the second is another person, and one of them the owner or a delegate. */
function secondAmong(may: string[], { approvedBy = [] }: ProposalView, section: PackageSection, nowMs: number): string[] {
  if (approvedBy.length === 0) return may;
  const owners = (person: string) => signsFor(section, person, nowMs) !== undefined;
  const ownerApproved = approvedBy.some(owners);
  return may.filter((person) => !approvedBy.includes(person) && (ownerApproved || owners(person)));
}
