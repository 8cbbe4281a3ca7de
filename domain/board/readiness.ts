/** What each package still needs before its release, in five parts, and who supplies what is missing. */
import type { ReadinessItem } from '../plan/schema.ts';
import { itemNames } from '../readiness.ts';
import type { Blocker } from '../views/blocker.ts';
import { readinessParts, type BoardReadiness, type ReadinessPart } from '../views/board.ts';
import type { RequestView } from '../views/request.ts';
import type { WavePackageView } from '../views/wave.ts';
import { receiptLine } from '../release/receipt.ts';
import { addressOfEntry, isReleased, plannedInFull, runningInFull, stateOf, type BoardEntry } from './entry.ts';
import { askedOfReader } from './actions.ts';
import { personIn } from './facts.ts';
import { counted, spanInWords } from './words.ts';

/** Each item of the checklist belongs to one part. */
const partOfItem: Record<ReadinessItem, ReadinessPart> = {
  notices: 'rollout steps',
  training: 'rollout steps',
  handoff: 'owner handoff',
  rollbackPath: 'fallback coverage',
  drill: 'fallback coverage',
  backup: 'fallback coverage',
  owner: 'owner preparedness',
  riskAcceptance: 'owner preparedness',
  postLaunchChecks: 'telemetry plan',
  metrics: 'telemetry plan',
};

/** What else prevents a release, by its code. Evidence and metrics stand in the checklist. */
const partOfBlocker: Record<Exclude<Blocker['code'], 'evidence' | 'metrics'>, { part: ReadinessPart; what: string }> = {
  preview: { part: 'rollout steps', what: 'preview' },
  previewFailed: { part: 'rollout steps', what: 'preview, which failed' },
  date: { part: 'rollout steps', what: 'go-live date' },
  hold: { part: 'rollout steps', what: 'lifting the hold' },
  earlierWave: { part: 'rollout steps', what: 'an earlier wave' },
  signOff: { part: 'owner preparedness', what: 'sign-off' },
  anotherSigner: { part: 'owner preparedness', what: 'an independent sign-off' },
  rejected: { part: 'owner preparedness', what: 'a sign-off that was rejected' },
  blastRadius: { part: 'rollout steps', what: 'a blast radius within the limit of the plan' },
  leavers: { part: 'rollout steps', what: 'an answer of the query of its cohort that can be believed' },
  incompatible: { part: 'rollout steps', what: 'a cohort without incompatible entitlements' },
  server: { part: 'fallback coverage', what: 'a server that does what a rollback relies on' },
};

interface Missing {
  part: ReadinessPart;
  what: string;
  /** Ids of people; empty: nobody in the plan can. */
  by: string[];
}

export function readinessOf(entry: BoardEntry): BoardReadiness {
  const released = isReleased(entry);
  // Once it is released, what it needed is history.
  const missing = released ? [] : missingOf(entry);
  const full = plannedInFull(entry) !== undefined;
  const open = new Set(missing.map(({ part }) => part));
  // Operators are told of what nobody has signed, and sign nothing.
  const asked = askedOfReader(entry);
  const signs = asked.some(({ kind }) => kind === 'signOff');
  return {
    ...addressOfEntry(entry),
    name: entry.planned.name,
    released,
    parts: readinessParts.map((part) => ({ part, ok: !open.has(part) && (released || !entry.silent) })),
    missing: together(missing.map((each) => withReader(each, entry, asked))).map(({ part, what, by }) => ({
      part,
      what,
      ...(full ? firstOf(by, entry) : {}),
      ...(by.includes(entry.reader.id) || (what === 'sign-off' && signs) ? { mine: true as const } : {}),
    })),
    line: lineOf(entry),
  };
}

/** A plan may have a hundred operators, and an answer thousands of packages that ask all of them. */
const mostNamed = 10;

/** The reader before the others. */
function firstOf(by: string[], { plan, reader }: BoardEntry): Pick<BoardReadiness['missing'][number], 'by' | 'more'> {
  const inOrder = by.includes(reader.id) ? [reader.id, ...by.filter((id) => id !== reader.id)] : by;
  return {
    by: (by.length > mostNamed ? inOrder.slice(0, mostNamed) : by).map((id) => personIn(plan, id)),
    ...(by.length > mostNamed ? { more: by.length - mostNamed } : {}),
  };
}

/** Who is asked because somebody else has not answered supplies it as well. */
function withReader(missing: Missing, { reader }: BoardEntry, asked: readonly RequestView[]): Missing {
  const isAsked = asked.some(({ action }) => action.type === 'evidence' && itemNames[action.fields.item] === missing.what);
  return isAsked && !missing.by.includes(reader.id) ? { ...missing, by: [...missing.by, reader.id] } : missing;
}

/** One line for what several people supply. */
function together(missing: Missing[]): Missing[] {
  const byWhat = Map.groupBy(missing, ({ part, what }) => `${part}\0${what}`);
  return [...byWhat.values()].flatMap(([first, ...rest]) => (first ? [{ ...first, by: [...new Set([first, ...rest].flatMap(({ by }) => by))] }] : []));
}

function missingOf(entry: BoardEntry): Missing[] {
  const { planned } = entry;
  const full = plannedInFull(entry);
  const lines = planned.checklist
    .filter(({ ok }) => !ok)
    .map(({ item, code }): Missing => {
      const known = item as ReadinessItem;
      return { part: partOfItem[known], what: `${itemNames[known]}${whyNot[code] ?? ''}`, by: full ? suppliers(entry, full, known) : [] };
    });
  const others = planned.blockers.flatMap((blocker): Missing[] => {
    const known = partOfBlocker[blocker.code as keyof typeof partOfBlocker];
    return known === undefined ? [] : [{ ...known, by: full ? clears(entry, blocker as Blocker) : [] }];
  });
  return [...lines, ...others].toSorted((one, other) => readinessParts.indexOf(one.part) - readinessParts.indexOf(other.part));
}

const whyNot: Record<string, string> = { expired: ', expired', tooLong: ', too slow', unreadable: ' that cannot be read', notMeasured: ' not read yet' };

/** Who is asked for an item: as the blockers name them, or the operators for what is no evidence. */
function suppliers({ plan }: BoardEntry, { blockers }: WavePackageView, item: ReadinessItem): string[] {
  if (item === 'metrics') return [...plan.operators];
  return blockers.flatMap((blocker) => (blocker.code === 'evidence' && blocker.item === item ? [blocker.person] : []));
}

function clears({ plan }: BoardEntry, blocker: Blocker): string[] {
  switch (blocker.code) {
    case 'signOff':
    case 'rejected':
    case 'evidence':
      return [blocker.person];
    case 'anotherSigner':
    case 'hold':
      return blocker.people;
    case 'date':
    case 'previewFailed':
    case 'metrics':
    case 'blastRadius':
    case 'incompatible':
    case 'leavers':
      return [...plan.operators];
    case 'preview':
    case 'earlierWave':
    // Those who run Rolewave and the system: the plan does not name them.
    case 'server':
      return [];
  }
}

function lineOf(entry: BoardEntry): string {
  const { planned, nowMs } = entry;
  if (isReleased(entry)) return releasedLine(entry);
  if (entry.silent) return 'its wave does not answer: what it needs is not known now';
  const when = planned.goLiveMs === undefined ? '' : planned.goLiveMs > nowMs ? `releases in ${spanInWords(planned.goLiveMs - nowMs)}` : 'its go-live is due';
  return [signedText(entry), when].filter(Boolean).join(' · ');
}

/** 'Signed by 1 of 2': only where a preview is there to be signed. */
function signedText(entry: BoardEntry): string {
  const full = plannedInFull(entry);
  if (!full) return '';
  const signed = full.signOffs.filter(({ counts, decision }) => counts && decision === 'approve').length;
  const missing = full.blockers.filter(({ code }) => code === 'signOff' || code === 'rejected').length;
  return signed + missing === 0 ? '' : `signed by ${signed} of ${signed + missing}`;
}

function releasedLine(entry: BoardEntry): string {
  const { running } = entry;
  const state = stateOf(entry);
  const full = runningInFull(entry);
  if (state === 'Rolled back' && full && full.receipts.length > 0) return `rolled back: ${receiptLine(full.receipts)}`;
  if (!running) return 'released';
  if (entry.stopped !== undefined && running.grants.created === 0) return 'nothing was granted, and nobody watches it';
  const { created, preexisting, failed, unknown, legacyRetired } = running.grants;
  const retiring = (entry.planned.preview ?? []).reduce((sum, { toRetire }) => sum + toRetire, 0);
  return [
    `${state === 'Rolled back' ? 'rolled back' : state === 'Retired' ? 'retired' : 'released'}: ${created} granted`,
    preexisting > 0 ? `${preexisting} had it already` : '',
    failed > 0 ? `${failed} failed` : '',
    unknown > 0 ? `${unknown} not confirmed` : '',
    retiring > legacyRetired
      ? `${legacyRetired} of ${counted(retiring, 'legacy grant')} retired`
      : legacyRetired > 0
        ? `${counted(legacyRetired, 'legacy grant')} retired`
        : '',
  ]
    .filter(Boolean)
    .join(', ');
}
