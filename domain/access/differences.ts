/** What an evaluation found to differ from what was reviewed, with the evaluation that found it first: how long it has been so, as far as it is known. */
import type { EvaluationView } from '../views/evaluation.ts';
import { withoutChange } from './drift.ts';

export interface Difference {
  text: string;
  since: { number: number; dueMs: number };
  /** What was found before that evaluation is not in the answer, so that it may have been so for longer. */
  orEarlier: boolean;
}

type Found = Pick<EvaluationView, 'number' | 'dueMs' | 'driftLines' | 'linesLeftOut'>;

/** Of the newest of these evaluations, the oldest first. */
export function differencesNow(evaluations: readonly Found[]): Difference[] {
  const newest = evaluations.at(-1);
  if (!newest) return [];
  const before = evaluations.slice(0, -1).toReversed();
  const open = new Map(newest.driftLines.map((text): [string, Difference] => [withoutChange(text), { text, since: newest, orEarlier: false }]));
  const running = new Set(open.keys());
  for (const each of before) {
    if (each.linesLeftOut) {
      for (const line of running) Object.assign(open.get(line) ?? {}, { orEarlier: true });
      break;
    }
    const lines = new Set(each.driftLines.map(withoutChange));
    for (const line of running) {
      const found = open.get(line);
      if (found && lines.has(line)) found.since = each;
      else running.delete(line);
    }
  }
  return [...open.values()].map(({ text, since: { number, dueMs }, orEarlier }) => ({ text, since: { number, dueMs }, orEarlier }));
}
