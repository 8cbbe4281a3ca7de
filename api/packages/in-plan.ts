/** Whether the plan has a package in a wave, or had it when it was released. */
import { Problem } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Services } from '../route.ts';
import type { Target } from '../target.ts';

export const packageProblems: ErrorCode[] = ['unknown-plan', 'unknown-wave', 'unknown-package'];

/** Throws the problem that says what the plan does not have. */
export async function requirePackage({ store }: Services, { plan, wave, package: id = '' }: Target): Promise<void> {
  const latest = await store.latestOutline(plan);
  if (!latest) throw new Problem('unknown-plan', `No plan '${plan}' has been applied.`);
  const planned = latest.outline.waves.find((one) => one.wave === wave);
  if (planned?.packages.some((entry) => entry.package === id)) return;
  // A closed wave may have left the plan.
  if ((await store.releases({ plan, package: id })).some((one) => one.wave === wave)) return;
  if (planned) throw new Problem('unknown-package', `The wave '${wave}' has no package '${id}'.`);
  throw new Problem('unknown-wave', `Revision ${latest.number} of plan '${plan}' has no wave '${wave}'.`);
}
