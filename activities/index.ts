/** All activities, wired to what they need: one file per subject. */
import type { Activities, EntitlementActivities } from './contract.ts';
import { alive } from './deeds.ts';
import type { ActivityDeps } from './deps.ts';
import { previewing } from './entitlements.ts';
import { giving } from './giving.ts';
import { records } from './records.ts';
import { retiring } from './retiring.ts';
import { rollingBack } from './rolling-back.ts';
import { standing } from './standing.ts';
import { telemetry } from './telemetry.ts';
import { tuning } from './tuning.ts';

export type { ActivityDeps, OpenSystem } from './deps.ts';

export function createActivities(deps: ActivityDeps): Activities {
  return { ...previewing(deps), ...changing(deps), ...telemetry(deps), ...standing(deps), ...records(deps) };
}

/** What goes through many grants, one system at a time, shows by its heartbeat that it lives. */
function changing(deps: ActivityDeps): Pick<EntitlementActivities, 'giveAccess' | 'verifyAccess' | 'retireLegacy' | 'tuneAccess' | 'rollBackAccess'> {
  const { giveAccess, verifyAccess } = giving(deps);
  const { retireLegacy } = retiring(deps);
  const { tuneAccess } = tuning(deps);
  const { rollBackAccess } = rollingBack(deps);
  return {
    giveAccess: (...args) => alive(() => giveAccess(...args)),
    verifyAccess: (...args) => alive(() => verifyAccess(...args)),
    retireLegacy: (...args) => alive(() => retireLegacy(...args)),
    tuneAccess: (...args) => alive(() => tuneAccess(...args)),
    rollBackAccess: (...args) => alive(() => rollBackAccess(...args)),
  };
}
