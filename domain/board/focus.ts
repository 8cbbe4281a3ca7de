/**
 * Operations focus: what most affects the rollout now, ranked from the live state. Every item says in numbers why it is there, and leads to what can be done
 * about it; what nobody can act on is left out. The rank is what it endangers, then how little time is left, then the risk of the package.
 */
import type { Risk } from '../plan/schema.ts';
import { fairShares } from '../fair-shares.ts';
import { isEndState } from '../states.ts';
import type { BoardFocus } from '../views/board.ts';
import { waitShort, waitsTogether } from '../views/wait.ts';
import { listText } from '../watch/verdict-words.ts';
import { actionFor, askedOfReader } from './actions.ts';
import { addressOfEntry, isReleased, plannedInFull, stateOf, type BoardEntry } from './entry.ts';
import { sentenceNamed } from './facts.ts';
import { matterOfRelease } from './focus-released.ts';
import { isDrill, matterOfRequest, matterOfReview, reviewAsked } from './focus-requests.ts';
import { matterBefore } from './focus-before.ts';
import type { Matter } from './matter.ts';
import { idInWords, sentence } from './words.ts';

/** What each endangers: access that is wrong now, then a release that will fail, then what is slow. Between two of them no time and no risk changes the order by more than a step. */
const weight: Record<BoardFocus['kind'], number> = {
  rollback: 100,
  silent: 92,
  waiting: 90,
  refused: 88,
  question: 80,
  tune: 74,
  overdue: 66,
  heldBack: 60,
  request: 56,
  drill: 52,
  legacy: 48,
  noData: 46,
  blackout: 44,
  signOff: 38,
};
const riskWeight: Record<Risk, number> = { low: 0, medium: 4, high: 8 };
/** Halves with every day that is left. */
const pressure = (leftMs: number | undefined): number => (leftMs === undefined ? 0 : 14 * 2 ** (-Math.max(0, leftMs) / 86_400_000));
/** What the reader is asked for is nearer to them than what others do. */
const mineWeight = 3;

export const rankOf = ({ kind, leftMs }: Pick<Matter, 'kind' | 'leftMs'>, risk: Risk, mine: boolean): number =>
  weight[kind] + riskWeight[risk] + pressure(leftMs) + (mine ? mineWeight : 0);

/** Of own plans first, and of each part the most urgent; at most `most`, of which every right of the site has its share. */
export function focusOf(entries: readonly BoardEntry[], most = 6): BoardFocus[] {
  const found = entries.flatMap((entry) => mattersOf(entry).map((matter) => ({ ...ranked(entry, matter), of: entry.reading, in: entry.plan })));
  const once = new Map(found.map((each) => [each.focus.id, each]));
  const inOrder = [...once.values()].toSorted((one, other) => other.rank - one.rank || (one.focus.id < other.focus.id ? -1 : 1));
  return fairShares(inOrder, most, ({ of }) => of).map(({ focus, in: plan }) => ({ ...focus, why: sentenceNamed(plan, focus.why) }));
}

function ranked(entry: BoardEntry, matter: Matter): { rank: number; focus: BoardFocus } {
  const { kind, title, why, ofWave } = matter;
  const { plan, wave, package: id } = addressOfEntry(entry);
  const action = actionAbout(entry, matter);
  const at = ofWave ? { plan, wave } : { plan, wave, package: id };
  return {
    rank: rankOf(matter, entry.planned.risk, action.kind !== 'open' && action.asks !== undefined),
    focus: {
      id: [kind, plan, wave, ...(ofWave ? [] : [id]), ...(kind === 'request' || kind === 'overdue' ? [title] : [])].join('/'),
      ...at,
      kind,
      title,
      why: sentence(why),
      action,
    },
  };
}

/** The request that this matter is about, where the reader is asked; otherwise what the state calls for. */
function actionAbout(entry: BoardEntry, { kind, ofWave }: Matter) {
  const review = ofWave && kind === 'request' ? reviewAsked(entry) : undefined;
  if (review) return actionFor(review);
  const kinds = answeredBy[kind];
  const [request] = askedOfReader(entry).filter(
    (each) => kinds.includes(each.kind) && (ofWave === true) === !('package' in each.action.target) && !(kind === 'overdue' && isDrill(each)),
  );
  if (request) return actionFor(request);
  if (kind === 'rollback' && plannedInFull(entry)) return { name: 'Review', kind: 'takes' as const };
  if ((kind === 'legacy' || kind === 'tune') && plannedInFull(entry)) return { name: 'Tune', kind: 'open' as const };
  return { name: 'Open', kind: 'open' as const };
}

const answeredBy: Record<BoardFocus['kind'], readonly string[]> = {
  rollback: ['rollback', 'dependency', 'freezeExpiry'],
  refused: ['question'],
  question: ['question'],
  tune: ['tune'],
  drill: ['evidence'],
  heldBack: ['date'],
  overdue: ['signOff', 'evidence', 'liftHold', 'certification', 'date'],
  request: ['metrics', 'preview', 'rejection', 'cancelled', 'riskExpiry'],
  signOff: ['signOff'],
  legacy: ['tune', 'question'],
  noData: ['question'],
  blackout: ['date'],
  silent: [],
  waiting: [],
};

/** That nobody has signed for a while says already that it is not signed. */
const onceSigned = (matters: Matter[]): Matter[] =>
  matters.some(({ kind, title }) => kind === 'overdue' && title.includes('signed off')) ? matters.filter(({ kind }) => kind !== 'signOff') : matters;

/** Access is as it was left in the middle of what is done there. */
function matterOfWaits(entry: BoardEntry): Matter[] {
  const { waits = [], planned } = entry;
  const together = waitsTogether(waits);
  if (!together) return [];
  const systems = together.systems.length === 0 ? 'a system' : listText(together.systems);
  const why = plannedInFull(entry) ? waits.map(({ text }) => text).join(' ') : `${waits.map(waitShort).join('; ')}; it is tried again until it succeeds`;
  return [{ kind: 'waiting', title: `${planned.name} waits for ${systems}`, why }];
}

function mattersOf(entry: BoardEntry): Matter[] {
  if (entry.silent)
    return [
      {
        kind: 'silent',
        title: `${entry.planned.name} does not answer`,
        why: 'no worker answers for it, or its workflow has failed: nothing is watched meanwhile',
      },
    ];
  if (entry.notStarted)
    return [
      {
        kind: 'silent',
        title: `${idInWords(entry.wave.wave)} has not started`,
        why: 'its plan is applied, and its workflow has not begun: apply the plan again',
        ofWave: true,
      },
    ];
  if (entry.stopped !== undefined)
    return [
      {
        kind: 'silent',
        title: `Nobody watches ${entry.planned.name}`,
        why: plannedInFull(entry) ? `its workflow ended, ${entry.stopped}` : 'its workflow ended before its watch did',
      },
    ];
  if (isEndState(stateOf(entry))) return matterOfReview(entry);
  return onceSigned([
    ...matterOfWaits(entry),
    ...matterOfReview(entry),
    ...(isReleased(entry) ? matterOfRelease(entry) : matterBefore(entry)),
    ...matterOfRequest(entry),
  ]);
}
