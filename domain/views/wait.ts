/** A released package waits for a system: what is done there fails, and is tried again without end. */
import { z } from 'zod';
import { timesInWords } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { realMs } from './instants.ts';

/** What is done or asked in systems for a released package, in words: the same names as the activities have. */
export const effectWords = {
  grantAccess: 'granting access',
  verifyAccess: 'reading back what was granted',
  retireLegacy: 'retiring legacy access',
  tuneAccess: 'tuning access',
  dependencyCheck: 'checking that nothing depends on what a rollback would take',
  rollBackAccess: 'rolling back',
} as const;
export type EffectName = keyof typeof effectWords;
export const effectNames = Object.keys(effectWords) as EffectName[];

export const waitView = z
  .strictObject({
    activity: z.enum(effectNames).describe("as Temporal's UI names it"),
    system: z.string().exactOptional().describe('absent: not known just now'),
    sinceMs: realMs.exactOptional().describe('when it was to begin; real time; absent: not known just now'),
    failed: z.int().describe('how many attempts have failed so far; 0: no worker has begun one'),
    nextTryMs: realMs.exactOptional().describe('when it is tried again; real time; absent: an attempt runs'),
    why: z.string().describe('why the last attempt failed'),
    text: z.string().describe('all of it in one or two sentences, with what to do'),
  })
  .meta({ id: 'SystemWait' });
export type WaitView = z.output<typeof waitView>;

type Facts = Pick<WaitView, 'activity' | 'system' | 'sinceMs' | 'failed' | 'why'>;

/** Without why, which is for those who act for the package. */
export function waitShort({ system, sinceMs }: Pick<WaitView, 'system' | 'sinceMs'>): string {
  return `waiting for ${system ?? 'a system'}${sinceMs === undefined ? '' : ` since ${instantText(sinceMs)}`}`;
}

export function waitText(wait: Facts): string {
  const { activity, system, failed, why } = wait;
  const tried = failed === 0 ? '' : `, failed ${timesInWords(failed)}`;
  const named = system ?? 'the system';
  const next =
    failed === 0
      ? `start a worker that serves ${named}`
      : `it is tried again at least every five minutes and goes on when ${named} answers: check ${named} and the connection of the workers to it`;
  return `${effectWords[activity]}: ${waitShort(wait)}${tried}: ${why.replace(/[.;\s]+$/, '')}. Nothing is lost; ${next}.`;
}

export const waitOf = (facts: Omit<WaitView, 'text'>): WaitView => ({ ...facts, text: waitText(facts) });

/** Of several, all systems and the earliest instant. */
export function waitsTogether(waits: readonly WaitView[]): { systems: string[]; sinceMs?: number } | undefined {
  if (waits.length === 0) return undefined;
  const since = waits.flatMap(({ sinceMs }) => sinceMs ?? []);
  return {
    systems: [...new Set(waits.flatMap(({ system }) => system ?? []))].toSorted(),
    ...(since.length === 0 ? {} : { sinceMs: Math.min(...since) }),
  };
}
