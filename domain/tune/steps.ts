/**
 * Every tune step and what is true of it. Whoever has to know whether a step revokes access, who may order it or what it needs reads it here.
 *
 * A new step is a name in `tuneStepSchema`, a row here, its effect in `activities/tuning.ts`, and a test: the compiler asks for the first three.
 */
import type { TuneStep } from '../plan/schema.ts';
import type { DriftCounts } from '../watch/measurement.ts';

export type TuneField = 'people' | 'entitlement' | 'byMs';

export interface StepRow {
  /** Somebody may lose access by it: a blackout holds it until a person decides. */
  revokesAccess: boolean;
  /** Somebody may get access by it: a freeze holds it. */
  grantsAccess: boolean;
  /** It changes what was signed: the owner or a delegate orders it, anyone else proposes it. */
  needsOwner: boolean;
  /** What it takes; a field that is not here does not belong to it. */
  fields: Partial<Record<TuneField, 'required' | 'optional'>>;
  /** The kinds of access drift that it repairs, without asking anybody; null where it repairs none, and a person decides on it. */
  restores: readonly Exclude<keyof DriftCounts, 'outOfBand' | 'content'>[] | null;
  /** The part of it that revokes nothing and so need not wait for the end of a blackout. */
  inBlackout?: TuneStep;
  /** As a heading: 'Narrow the people'. */
  title: string;
  /** Within a sentence: 'narrowing the people'. */
  doing: string;
}

export const tuneSteps = {
  reconcile: {
    revokesAccess: true,
    grantsAccess: true,
    needsOwner: false,
    fields: {},
    restores: ['missing', 'legacy'],
    inBlackout: 'grantMissing',
    title: 'Restore what was reviewed',
    doing: 'restoring what is missing and retiring old access again',
  },
  grantMissing: {
    revokesAccess: false,
    grantsAccess: true,
    needsOwner: false,
    fields: {},
    restores: ['missing'],
    title: 'Grant what is missing',
    doing: 'restoring what is missing',
  },
  retireLegacy: {
    revokesAccess: true,
    grantsAccess: false,
    needsOwner: false,
    fields: {},
    restores: ['legacy'],
    title: 'Retire old access again',
    doing: 'retiring old access again',
  },
  tighten: {
    revokesAccess: true,
    grantsAccess: false,
    needsOwner: true,
    fields: { entitlement: 'required' },
    restores: null,
    title: 'Drop an entitlement',
    doing: 'dropping an entitlement',
  },
  narrow: {
    revokesAccess: true,
    grantsAccess: false,
    needsOwner: true,
    fields: { people: 'required' },
    restores: null,
    title: 'Narrow the people',
    doing: 'narrowing the people',
  },
  extend: {
    revokesAccess: false,
    grantsAccess: false,
    needsOwner: false,
    fields: { byMs: 'optional' },
    restores: null,
    title: 'Watch longer',
    doing: 'watching longer',
  },
  ask: {
    revokesAccess: false,
    grantsAccess: false,
    needsOwner: false,
    fields: {},
    restores: null,
    title: 'Ask a person',
    doing: 'asking',
  },
} as const satisfies Record<TuneStep, StepRow>;

/** The row of a step, as one type for all of them. */
export const stepOf = (step: TuneStep): StepRow => tuneSteps[step];

/** How much of the drift a step repairs; undefined where a person decides on the step. Access that nobody reviewed is not ours to revoke (R1), nor is a role's content. */
export function repairs(step: TuneStep, drift: DriftCounts): number | undefined {
  return stepOf(step).restores?.reduce((sum, kind) => sum + drift[kind], 0);
}

/** Whether the step says by itself what it does; one that needs people or an entitlement can only be ordered by somebody who names them. */
export const isComplete = (step: TuneStep): boolean => !Object.values(stepOf(step).fields).includes('required');
