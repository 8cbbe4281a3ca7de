/**
 * Every change to the steps of a workflow since 0.3.0. Runs that began before a change still replay it, so each change has one id here and one place
 * in the code. All changes of one release share one marker in a history, which costs a run two events, unless a change names its own, and go together through
 * three stages, one release or more apart:
 *
 * 1. `patched`: `if (isPatched('id')) new steps; else old steps`. Open runs that have passed the place keep the old steps to their end.
 * 2. `deprecated`, once no run without the change can be open (`removable`): the old steps are deleted and `deprecatePatch` stays: `deprecated('id')`.
 * 3. Removed, once no run of stage 1 can be open either: the call and the entry here are deleted.
 *
 * `patched` and `deprecatePatch` are called nowhere else (patches.test.ts).
 */
import { deprecatePatch, patched } from '@temporalio/workflow';

interface Patch {
  stage: 'patched' | 'deprecated';
  /** What the new steps do that the old ones do not. */
  what: string;
  /** The release that brought the change, and names its marker. */
  release: string;
  /** Where runs of the same release are open that have its marker and not this change. */
  marker?: string;
  /** The release that brought it to this stage. */
  since: string;
  /** The first release that may move it to the next stage: the longest window, its extensions and retention have passed since `since`. */
  removable: string;
}

export const patches = {
  'reads-beside-the-loop': {
    stage: 'patched',
    what: 'a wave goes on while systems are read for a preview or right before a release: a system that is down holds back only the packages that need it',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'a-refusal-is-told': {
    stage: 'patched',
    what: 'a package whose release was refused before anything was granted says so to its wave, which then holds it back',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'reads-beside-its-systems': {
    stage: 'patched',
    what: 'a package is previewed and compared also in the systems that have an entitlement which nobody may hold together with one of its own, and what they have is put together',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'records-as-activities': {
    stage: 'patched',
    what: 'records and the question for trusted keys are ordinary activities: a local one may be heard later than its marker says, and the history then does not replay',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'simulates-together': {
    stage: 'patched',
    what: 'a simulation also reads systems with an entitlement that nobody may hold together with one of the plan, and says what all packages of a wave change together',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'records-in-parts': {
    stage: 'patched',
    what: 'records that are more than Temporal takes at once are written by several activities, and nothing that was decided later comes between them',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'few-deliveries-at-once': {
    stage: 'patched',
    what: 'a notice has few deliveries pending in each channel, on a task queue of their own, and waits by a timer for those whose hour is later',
    release: '0.4.0',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'escalates-apart': {
    stage: 'patched',
    what: 'a wave or package escalates its requests within five minutes as before, at a second of its own',
    release: '0.4.0',
    marker: 'steps of 0.4.0, escalations',
    since: '0.4.0',
    removable: '0.6.0',
  },
  'withdraws-sign-offs': {
    stage: 'patched',
    what: 'a revision withdraws the sign-offs of people who may sign no longer, and the others are asked',
    release: '0.4.0',
    marker: 'steps of 0.4.0, sign-offs',
    since: '0.4.0',
    removable: '0.6.0',
  },
} as const satisfies Record<string, Patch>;

type PatchId = keyof typeof patches;
/** The ids in a stage: an id in the other helper's stage does not compile. */
type PatchIn<S extends Patch['stage'], P extends Record<string, Patch> = typeof patches> = {
  [Id in PatchId]: P[Id] extends { stage: S } ? Id : never;
}[PatchId];

/** Of this run: the modules of workflows are shared by all runs of a worker, and `globalThis` is each run's own. */
declare global {
  var rolewavePatchAnswers: Map<string, boolean> | undefined;
}

/**
 * Whether this run takes the new steps. A run gives the same answer for all changes of a release, from the first call to its end: one that passed one of
 * the places under the old code keeps the old steps everywhere, even where a place is in a loop.
 */
export function isPatched(id: PatchIn<'patched'>): boolean {
  const answers = (globalThis.rolewavePatchAnswers ??= new Map());
  const marker = markerOf(id);
  const before = answers.get(marker);
  if (before !== undefined) return before;
  const answer = patched(marker);
  answers.set(marker, answer);
  return answer;
}

export function deprecated(id: PatchIn<'deprecated'>): void {
  deprecatePatch(markerOf(id));
}

function markerOf(id: PatchId): string {
  const { marker, release }: Patch = patches[id];
  return marker ?? `steps of ${release}`;
}
