/**
 * Every tune step and its properties: whether it revokes access, who may order it, and what it needs.
 *
 * A new step is a name in `tuneStepSchema`, a row here, its effect in `activities/tuning.ts`, and a test: the compiler asks for the first three.
 */
import type { TuneStep } from '../plan/schema.ts';
import type { DriftCounts } from '../watch/measurement.ts';

export type TuneField = 'people' | 'entitlement' | 'byMs';

export interface StepRow {
  /** Someone may lose access. A blackout defers it until a person decides. */
  revokesAccess: boolean;
  /** Someone may gain access. A freeze stops it. */
  grantsAccess: boolean;
  /** It changes what was signed. The owner or a delegate may order it; anyone else proposes it. */
  needsOwner: boolean;
  /** The fields that it takes. It takes no others. */
  fields: Partial<Record<TuneField, 'required' | 'optional'>>;
  /** The kinds of access drift that it repairs without asking anyone. Null: it repairs none, and a person decides on it. */
  restores: readonly Exclude<keyof DriftCounts, 'outOfBand' | 'content' | 'options'>[] | null;
  /** The part of it that revokes nothing, and so need not wait for the end of a blackout. */
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
    restores: ['missing', 'legacy', 'leavers'],
    inBlackout: 'grantMissing',
    title: 'Restore what was reviewed',
    doing: 'granting what is missing and retiring legacy access again',
  },
  grantMissing: {
    revokesAccess: false,
    grantsAccess: true,
    needsOwner: false,
    fields: {},
    restores: ['missing'],
    title: 'Grant what is missing',
    doing: 'granting what is missing',
  },
  retireLegacy: {
    revokesAccess: true,
    grantsAccess: false,
    needsOwner: false,
    fields: {},
    restores: ['legacy'],
    title: 'Retire legacy access again',
    doing: 'retiring legacy access again',
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
    title: 'Extend the watch',
    doing: 'extending the watch',
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

/** How much of the drift a step repairs; undefined where a person decides on the step. Out-of-band access is not ours to revoke (R1), nor is the content of a role. */
export function repairs(step: TuneStep, drift: DriftCounts): number | undefined {
  return stepOf(step).restores?.reduce((sum, kind) => sum + (drift[kind] ?? 0), 0);
}

/** Whether the step needs no fields. A step that needs people or an entitlement can only be ordered by someone who names them. */
export const isComplete = (step: TuneStep): boolean => !Object.values(stepOf(step).fields).includes('required');

/** Whether it only revokes what Rolewave made, which stays possible when the site has withdrawn a right. */
export const undoes = (step: TuneStep): boolean => tuneSteps[step].revokesAccess && tuneSteps[step].restores === null;
