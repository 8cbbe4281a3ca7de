/**
 * What became of the released packages. A package's signal says no more than that something may have changed, because anyone who reaches the namespace can
 * send it: the wave asks by an activity, which believes only what the store bears out. The only writer of a package's outcome.
 */
import type { PackageStatus } from '../../activities/contract.ts';
import { entryOf } from '../../domain/entry-of.ts';
import type { PackageSection } from '../../domain/plan/section.ts';
import { orRefusal, untried, type Refused } from '../shared/activities.ts';
import type { PackageOutcome } from '../shared/signals.ts';
import type { WaveState } from './state.ts';
import { realNowMs } from '../shared/alarm.ts';

/** Real time. A package that does not answer keeps nobody else waiting. */
const askAgainAfterMs = 60_000;
const askEndingAfterMs = 5_000;

/** Only a released package of this wave is asked. */
export function packageOutcome(state: WaveState, hint: PackageOutcome | undefined): void {
  const section = typeof hint?.package === 'string' ? state.sectionOf(hint.package) : undefined;
  if (!section || !state.progressOf(section).released) return;
  state.progressOf(section).askFromRealMs ??= 0;
  if (hint?.refused === true) state.progressOf(section).refusalHeard = true;
  state.changed = true;
}

type Refuse = (section: PackageSection, why: string) => void;

/** Packages of which something was heard, or which are to be asked again by now. */
export const outcomesDue = (state: WaveState): PackageSection[] =>
  state.section.packages.filter((section) => (state.progressOf(section).askFromRealMs ?? Number.POSITIVE_INFINITY) <= realNowMs());

/** Asks each. `refuse`: called for one whose release was refused before anything was granted. */
export async function readOutcomes(state: WaveState, due: PackageSection[], refuse: Refuse): Promise<void> {
  for (const section of due) {
    delete state.progressOf(section).askFromRealMs;
    const status = await ask(state, section);
    if ('refusal' in status) state.progressOf(section).askFromRealMs = Date.now() + askAgainAfterMs;
    else takeRefusal(state, section, status.done, refuse);
  }
}

function takeRefusal(state: WaveState, section: PackageSection, { nothingGranted, ending, why }: PackageStatus, refuse: Refuse): void {
  const progress = state.progressOf(section);
  if (!progress.refusalHeard) return;
  if (ending) {
    // It told this wave before it ended. Only then is it known that it grants nothing more.
    progress.askFromRealMs = Date.now() + askEndingAfterMs;
    return;
  }
  delete progress.refusalHeard;
  if (nothingGranted) refuse(section, why ?? 'its workflow ended before it granted anything');
}

/** Of a package that this wave finds released. Undefined: it did not answer, and is asked again. */
export async function adoptStatus(state: WaveState, section: PackageSection): Promise<PackageStatus | undefined> {
  const status = await ask(state, section);
  if ('done' in status) return status.done;
  state.progressOf(section).askFromRealMs = Date.now() + askAgainAfterMs;
  return undefined;
}

async function ask(state: WaveState, { package: { id } }: PackageSection): Promise<{ done: PackageStatus } | Refused> {
  const { plan, wave } = state.section;
  const asked = await orRefusal(untried(`what became of ${id}`).packageStatus({ plan, wave: wave.id, package: id }));
  // A revision never drops a released package, but its section may be another one by now.
  const progress = entryOf(state.data.packages, id);
  if ('refusal' in asked || !progress) return asked;
  const { state: outcome, doubt, nothingGranted } = asked.done;
  if (outcome !== undefined && !nothingGranted) progress.outcome = outcome;
  if (doubt !== undefined) state.event('outcome-not-believed', `${id}: ${doubt}`, { package: id });
  return asked;
}
