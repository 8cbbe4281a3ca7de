/** The board in one sentence, as an operations lead would say it. Each count leads to its packages. */
import { isEndState, type PackageState } from '../states.ts';
import type { SentencePart } from '../views/board.ts';
import { capital, inWords } from './words.ts';

/** `openChecks`: of an approved or proposed rollback, lines of its dependency check that are not clear; undefined where it is not known. */
export interface HeadlineRow {
  state: PackageState;
  released: boolean;
  /** Nobody watches it any more. */
  stopped?: boolean;
  openChecks?: number | undefined;
  /** What is done for it in a system fails and is tried again. */
  waits?: boolean;
  /** Its workflow, or that of its wave, does not answer: this is what is known without it. */
  silent?: boolean;
}

export function headline(rows: readonly HeadlineRow[]): SentencePart[] {
  if (rows.length === 0) return [{ text: 'No package is planned yet.' }];
  const monitored = rows.filter(({ state, released, stopped }) => released && !stopped && state === 'Monitoring').length;
  const tuned = rows.filter(({ state, released }) => released && state === 'Needs tuning').length;
  const rollbacks = rows.filter(({ state }) => state === 'Rollback ready');
  const parts = [
    monitoring(monitored),
    { text: ', ' },
    tuning(tuned),
    { text: ' after launch' },
    { text: ', and ' },
    ...rollbackParts(rollbacks),
    { text: '.' },
    ...waitingPart(rows),
    ...silentPart(rows),
  ];
  // What has no count to speak of is said at once.
  if (monitored + tuned + rollbacks.length === 0) return quiet(rows);
  const [first, ...rest] = parts.filter(({ text }) => text !== '');
  return first ? [{ ...first, text: capital(first.text) }, ...rest] : [];
}

function silentPart(rows: readonly HeadlineRow[]): SentencePart[] {
  const count = rows.filter(({ silent }) => silent).length;
  return count === 0 ? [] : [{ text: ` ${capital(inWords(count))} ${count === 1 ? 'does' : 'do'} not answer, and may stand otherwise.` }];
}

const monitoring = (count: number): SentencePart => ({
  text: `${inWords(count)} ${count < 2 ? 'package is' : 'packages are'} in active monitoring`,
  ...(count === 0 ? {} : { tone: 'watch' as const, filter: { state: ['Monitoring'], released: true } }),
});

const tuning = (count: number): SentencePart => ({
  text: count === 0 ? 'none needs tuning' : `${inWords(count)} ${count === 1 ? 'needs' : 'need'} tuning`,
  ...(count === 0 ? {} : { tone: 'tune' as const, filter: { state: ['Needs tuning'], released: true } }),
});

/** What keeps them open is said where it is the same for all. */
function rollbackParts(rows: readonly HeadlineRow[]): SentencePart[] {
  const count = rows.length;
  if (count === 0) return [{ text: 'no rollback plan is open' }];
  const counted: SentencePart = {
    text: `${inWords(count)} rollback ${count === 1 ? 'plan' : 'plans'}`,
    tone: 'roll',
    filter: { state: ['Rollback ready'] },
  };
  const [stays, waits, its] = count === 1 ? ['stays', 'waits', 'its'] : ['stay', 'wait', 'their'];
  const decided = rows.every(({ released, openChecks }) => released && openChecks === 0);
  return [counted, { text: decided ? ` ${waits} for a decision` : ` ${stays} open until ${its} dependency check clears` }];
}

/** After the sentence, as the count of those that do not answer. */
function waitingPart(rows: readonly HeadlineRow[]): SentencePart[] {
  const count = rows.filter(({ waits }) => waits).length;
  return count === 0 ? [] : [{ text: ' ' }, { text: `${capital(inWords(count))} ${count === 1 ? 'waits' : 'wait'} for a system`, tone: 'roll' }, { text: '.' }];
}

/** Nothing is watched, tuned or rolled back. */
function quiet(rows: readonly HeadlineRow[]): SentencePart[] {
  const waiting = rows.filter(({ released }) => !released).length;
  const stable = rows.filter(({ state }) => state === 'Stable').length;
  const stopped = rows.filter((row) => row.stopped).length;
  const over = rows.filter(({ state }) => isEndState(state)).length;
  const said: SentencePart[] = [];
  if (waiting > 0)
    said.push({
      text: `${inWords(waiting)} ${waiting === 1 ? 'package waits' : 'packages wait'} for release`,
      tone: 'wait',
      filter: { state: [], released: false },
    });
  // The first of them says what is counted.
  const noun = (count: number) => (said.length > 0 ? '' : count === 1 ? ' package' : ' packages');
  if (stable > 0) said.push({ text: `${inWords(stable)}${noun(stable)} ${stable === 1 ? 'is' : 'are'} stable`, tone: 'ok', filter: { state: ['Stable'] } });
  if (over > 0)
    said.push({ text: `${inWords(over)}${noun(over)} ${over === 1 ? 'has' : 'have'} ended`, tone: 'wait', filter: { state: ['Rolled back', 'Retired'] } });
  if (stopped > 0)
    said.push({
      text: `${inWords(stopped)}${noun(stopped)} ${stopped === 1 ? 'is' : 'are'} not watched`,
      tone: 'tune',
      filter: { state: ['Monitoring'], released: true },
    });
  const joined = said.flatMap((part, index): SentencePart[] => {
    const [own, before] = [index === 0 ? { ...part, text: capital(part.text) } : part, index === 0 ? '' : index === said.length - 1 ? ' and ' : ', '];
    return before === '' ? [own] : [{ text: before }, own];
  });
  const nothingMore = waiting > 0 && stable + over === 0 ? ': nothing is released yet.' : '; nothing needs tuning and no rollback is open.';
  return [...joined, { text: nothingMore }, ...waitingPart(rows), ...silentPart(rows)];
}
