/** What must not be released: the package's story with a wait before its first step, which no recorded history has. */
import { sleep } from '@temporalio/workflow';
import type { RolePackageInput } from '../../domain/plan/section.ts';
import { rolePackage as story } from '../../workflows/package/role-package.ts';

export { wave } from '../../workflows/wave/wave.ts';

export async function rolePackage(input: RolePackageInput): Promise<{ state: string; why: string }> {
  await sleep('1 hour');
  return story(input);
}
