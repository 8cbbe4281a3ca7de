/**
 * What a lift of a hold covers: the hold as it was written then, and the packages that the wave had then. The endpoint records with each revision since which one
 * a wave is held as it is, and a lift names that number. Where a later revision writes another hold, or brings a package into the wave, it is held anew.
 */
import { entryOf } from './entry-of.ts';
import type { Plan, Wave } from './plan/schema.ts';
import type { RevisionRecord } from './views/revision.ts';

/** `since`: the revision since which it is held like this. Absent: since before such numbers were recorded. */
export type Hold = NonNullable<Wave['hold']> & { since?: number };

/** What is recorded with the revision `number`, by wave. Undefined: no wave is held. */
export function heldSince(before: { document: Plan; record: RevisionRecord } | undefined, after: Plan, number: number): RevisionRecord['heldSince'] {
  const had = new Map(before?.document.waves.map((wave) => [wave.id, wave]));
  const since = after.waves.flatMap((wave): [string, number][] => {
    if (wave.status !== 'on-hold') return [];
    const was = had.get(wave.id);
    const known = was && isHeldAsBefore(was, wave) ? entryOf(before?.record.heldSince ?? {}, wave.id) : number;
    return known === undefined ? [] : [[wave.id, known]];
  });
  return since.length === 0 ? undefined : Object.fromEntries(since);
}

/** The same hold, and no package that the wave did not have, or did something else with. Packages may leave it. */
function isHeldAsBefore(was: Wave, is: Wave): boolean {
  if (was.status !== 'on-hold' || textOf(was) !== textOf(is)) return false;
  const had = new Map(was.packages.map((entry) => [entry.package, entry.change]));
  return is.packages.every((entry) => had.get(entry.package) === entry.change);
}

const textOf = ({ hold }: Wave): string => (hold ? JSON.stringify([hold.reason, hold.approvals, hold.liftedBy.toSorted()]) : '');

/** The wave with the number that its lifts name. */
export function heldWave<W extends Pick<Wave, 'id' | 'hold'>>(wave: W, record: Pick<RevisionRecord, 'heldSince'>): W & { hold?: Hold | undefined } {
  const since = entryOf(record.heldSince ?? {}, wave.id);
  return wave.hold && since !== undefined ? { ...wave, hold: { ...wave.hold, since } } : wave;
}

/** Whether a lift is for the hold as it is. */
export const isLiftOf = (lift: { since?: number | undefined }, hold: { since?: number | undefined } | undefined): boolean => lift.since === hold?.since;
