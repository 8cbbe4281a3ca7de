/** `rolewave validate` with a site file: named, in the environment, or beside the plan. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testIo } from '../test/support/command-io.ts';
import { smallPlan } from '../test/support/small-plan.ts';
import { siteInput, siteSystem, writeSite, type SiteChange } from '../test/support/site.ts';
import { run } from './program.ts';

let folder: string;
let plan: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-validate-'));
  plan = join(folder, 'plan.yaml');
  // Without its clock its dates are real, and without a year that has passed they are in the future.
  await writeFile(plan, smallPlan.replace('clock: { epoch: 2026-04-06, day: 2s }\n', '').replaceAll('2026-', '2056-'));
});
afterEach(() => rm(folder, { recursive: true }));

const systems = [siteSystem('erp', { kind: 'postgres' }), siteSystem('lab')];
const write = (name: string, change: SiteChange = {}) => writeSite(join(folder, name), siteInput({ systems, ...change }));
async function validate(env: Record<string, string> = {}, ...args: string[]) {
  const io = testIo({ env });
  return { code: await run(['validate', plan, ...args], io), out: io.written.join('\n'), err: io.errors.join('\n') };
}
const nobody: SiteChange = { plans: [{ plan: 'another' }] };
const refusal = "plan.yaml:1:7  plan  the site lets nobody have a plan 'small'";

test('without a site file only the plan itself is checked', async () => {
  const { code, out } = await validate();
  expect([code, out]).toEqual([0, expect.stringContaining("'small' with 2 packages in 2 waves, for 4 people in 2 systems. Next:")]);
});

test.each<[string, string, Record<string, string>, string[]]>([
  ['that is named', 'mine.yaml', {}, ['--site', 'mine.yaml']],
  ['of the environment', 'ours.yaml', { ROLEWAVE_SITE: 'ours.yaml' }, []],
  ['beside the plan', 'site.yaml', {}, []],
])('with the one %s, what it does not let the plan do is a mistake at its place', async (_, name, env, args) => {
  const inFolder = (text: string) => (text.endsWith('.yaml') ? join(folder, text) : text);
  const given = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, inFolder(value)]));
  await write(name);
  const valid = await validate(given, ...args.map(inFolder));
  expect([valid.code, valid.out]).toEqual([0, expect.stringContaining(`${join(folder, name)} lets it`)]);
  await write(name, nobody);
  const refused = await validate(given, ...args.map(inFolder));
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(refusal)]);
});

test('the one that is named comes first', async () => {
  await write('site.yaml', nobody);
  await write('mine.yaml');
  expect((await validate({ ROLEWAVE_SITE: join(folder, 'site.yaml') }, '--site', join(folder, 'mine.yaml'))).code).toBe(0);
});

test('a site file that is missing or mistaken is named with its mistakes', async () => {
  expect(await validate({}, '--site', join(folder, 'none.yaml'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('none.yaml does not exist: write it'),
  });
  await writeFile(join(folder, 'site.yaml'), 'site: acme\n');
  expect(await validate()).toMatchObject({ code: 2, err: expect.stringContaining('site.yaml:1:1  administrators') });
});
