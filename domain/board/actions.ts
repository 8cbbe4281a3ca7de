/** The button of a package: what the reader is asked to do, or else what its state calls for. */
import type { RequestKind } from '../notices/request.ts';
import type { BoardAction } from '../views/board.ts';
import type { RequestView } from '../views/request.ts';
import { mayAnswer } from './may-answer.ts';
import { isReleased, plannedInFull, requestsOf, stateOf, type BoardEntry } from './entry.ts';

interface Asked {
  name: string;
  /** It takes access away, so it shows its preview first. */
  takes?: true;
}

/** The most urgent first: of several requests to one person, the button answers the first of these. */
const asked: Record<Exclude<RequestKind, 'overruled'>, Asked> = {
  rollback: { name: 'Review rollback', takes: true },
  dependency: { name: 'Clear the way', takes: true },
  cancelled: { name: 'Decide' },
  question: { name: 'Answer' },
  tune: { name: 'Decide on tune' },
  freezeExpiry: { name: 'Decide' },
  liftHold: { name: 'Approve lifting the hold' },
  signOff: { name: 'Sign off' },
  evidence: { name: 'Add evidence' },
  rejection: { name: 'Resolve' },
  date: { name: 'Set the date' },
  preview: { name: 'Fix the preview' },
  metrics: { name: 'Fix the metrics' },
  riskExpiry: { name: 'Certify' },
  withoutAccess: { name: 'Open' },
  waitsForSystem: { name: 'Open' },
  claimProblem: { name: 'Open' },
  claimExpiry: { name: 'Renew or end the claim' },
  certification: { name: 'Certify' },
  claim: { name: 'Review the claim' },
  review: { name: 'Write the review' },
};
const order = Object.keys(asked) as (keyof typeof asked)[];

export const actionFor = (request: RequestView): BoardAction => {
  const row = request.kind === 'overruled' ? { name: 'Open' } : asked[request.kind];
  const drill = request.kind === 'evidence' && request.action.type === 'evidence' && request.action.fields.item === 'drill';
  return { name: drill ? 'Sign the drill' : row.name, kind: 'takes' in row ? 'takes' : 'mine', asks: request.kind };
};

/** Requests that the reader was told of and can answer, the most urgent first. */
export const askedOfReader = (entry: BoardEntry): RequestView[] =>
  requestsOf(entry)
    .filter(({ to, kind, action }) => kind !== 'overruled' && to.includes(entry.reader.id) && mayAnswer(action, entry))
    .toSorted((one, other) => order.indexOf(one.kind as (typeof order)[number]) - order.indexOf(other.kind as (typeof order)[number]));

export function actionOf(entry: BoardEntry): BoardAction {
  const [first] = askedOfReader(entry);
  if (first) return actionFor(first);
  // Who does not act for it can only look.
  if (!plannedInFull(entry)) return { name: 'Open', kind: 'open' };
  if (entry.stopped !== undefined) return { name: 'Open', kind: 'open' };
  const state = stateOf(entry);
  if (!isReleased(entry) && state === 'Rollback ready') return { name: 'Rollback plan', kind: 'open' };
  return byState[state];
}

const byState: Record<ReturnType<typeof stateOf>, BoardAction> = {
  Scheduled: { name: 'Release', kind: 'open' },
  'Release ready': { name: 'Release', kind: 'open' },
  Monitoring: { name: 'Monitor', kind: 'open' },
  'Needs tuning': { name: 'Tune', kind: 'open' },
  'Rollback ready': { name: 'Roll back', kind: 'takes' },
  Stable: { name: 'Monitor', kind: 'open' },
  'Rolled back': { name: 'Open', kind: 'open' },
  Retired: { name: 'Open', kind: 'open' },
};
