/** A rollback that the system has tried and undone: what it refuses is shown before anybody approves. */
import type { Held } from './ledger.ts';
import type { Decided, Undo } from './rollback.ts';
import type { Tried } from './tried.ts';

/** More take longer than people wait for a preview. */
export const mostTried = 2_000;

/** What is tried, in this order. */
export interface TriedUndo {
  revoke: Held[];
  restore: Held[];
}

export const toTry = (decided: Decided[]): TriedUndo => ({
  revoke: decided.flatMap(({ decision }) => (decision.do === 'revoke' ? decision.grants : [])),
  restore: decided.flatMap(({ decision }) => (decision.do === 'restore' ? decision.grants : [])),
});

/** The decisions as they would end. `answers`: of the system, to `toTry` of the same. */
export function asTried(decided: Decided[], answers: { revoke: Tried[]; restore: Tried[] }): Decided[] {
  const [revoked, restored] = [answers.revoke.values(), answers.restore.values()];
  const next = <T>(from: Iterator<T>, grants: Held[]): T[] => grants.flatMap(() => from.next().value ?? []);
  return decided.map(({ entry, decision }) => {
    if (decision.do === 'revoke') return { entry, decision: afterRevoke(decision, next(revoked, decision.grants)) };
    if (decision.do === 'restore') return { entry, decision: afterRestore(decision, next(restored, decision.grants)) };
    return { entry, decision };
  });
}

function afterRevoke(decision: Undo & { do: 'revoke' }, answers: Tried[]): Undo {
  const refusals = answers.flatMap((answer) => (answer.outcome === 'failed' ? [answer.why] : []));
  return refusals.length === 0 ? decision : { do: 'byHand', effect: 'revoke', why: `the system refuses to revoke it: ${joined(refusals)}` };
}

function afterRestore(decision: Undo & { do: 'restore' }, answers: Tried[]): Undo {
  const failed = answers.filter((answer) => answer.outcome === 'failed');
  const refusals = failed.filter(({ nothingThere }) => !nothingThere).map(({ why }) => why);
  if (refusals.length > 0) return { do: 'byHand', effect: 'restore', why: `the system refuses to give it back: ${joined(refusals)}` };
  const never = failed.map(({ why }) => why);
  if (failed.length > 0 && failed.length === answers.length) return { do: 'notRestored', why: joined(never) };
  const notes = [...never, ...answers.flatMap((answer) => ('note' in answer && answer.note !== undefined ? [answer.note] : []))];
  return notes.length === 0 ? decision : { ...decision, note: joined(notes) };
}

const joined = (reasons: string[]): string => [...new Set(reasons)].join('; ');
