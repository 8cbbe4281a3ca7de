/** What an evaluation found to differ from what was reviewed, with the evaluation that found it first: how long it has been so, as far as it is known. */
import type { EvaluationView } from '../views/evaluation.ts';
import { withoutChange } from './drift.ts';

export interface Difference {
  text: string;
  since: { number: number; dueMs: number };
  /** What was found before that evaluation is not in the answer, so that it may have been so for longer. */
  orEarlier: boolean;
}

/**
 * What a role may do is told privilege by privilege where both sides are on record, and otherwise only as different. One role may be told in both ways, because
 * a version of Rolewave reads more of a system than the one before. `unknown`: it differed, and nobody knows in what.
 */
function inOtherWords(line: string, earlier: ReadonlySet<string>): 'the same' | 'unknown' | undefined {
  if (!line.includes('role content: ')) return undefined;
  const tells = (one: string, other: string): boolean => {
    const [, where, role] = differs.exec(other) ?? [];
    return role !== undefined && ['gained', 'lost'].some((how) => one.startsWith(`${where}${role} ${how} `));
  };
  const all = [...earlier];
  if (all.some((each) => tells(each, line))) return 'the same';
  return all.some((each) => tells(line, each)) ? 'unknown' : undefined;
}

/** As contentText in role-content.ts. */
const differs = /^(.*?role content: )what ('.*') may do differs from what was reviewed$/;

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
      if (!found) continue;
      const before = lines.has(line) ? 'the same' : inOtherWords(line, lines);
      if (before === 'the same') found.since = each;
      else running.delete(line);
      if (before === 'unknown') found.orEarlier = true;
    }
  }
  return [...open.values()].map(({ text, since: { number, dueMs }, orEarlier }) => ({ text, since: { number, dueMs }, orEarlier }));
}
