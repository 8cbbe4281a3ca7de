/** The `rolewave` command against the real endpoint, Temporal, store and worker. It takes one package from its plan to its rollback, with nothing else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import { testIo } from '../support/command-io.ts';
import { planText, startEndpoint, type Endpoint } from '../support/endpoint.ts';
import { watch } from '../support/plan.ts';

let endpoint: Endpoint;
let folder: string;
let file: string;
const clerk = 'test/wave-1/clerk';

beforeAll(async () => {
  endpoint = await startEndpoint({ answerWithinMs: 30_000 });
  await endpoint.startWorker();
  folder = await mkdtemp(join(tmpdir(), 'rolewave-command-'));
  file = join(folder, 'plan.yaml');
  // A plan day takes two seconds. The wave gets its date once it is signed; its watch of two minutes is longer than the test.
  const waves = [{ goLive: '2027-12-31', window: '365d', packages: [{ package: 'clerk' }] }];
  const clerk = { watch: watch('60d', { metric: 'exceptions', tune: { above: 10 } }) };
  await writeFile(file, planText({ clock: { epoch: '2027-02-08', day: '2s' }, waves, clerk }));
});
afterAll(async () => {
  await endpoint?.close();
  await rm(folder, { recursive: true, force: true });
});

async function rolewave(person: string, ...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_URL: endpoint.url } });
  const code = await run(['--as', person, ...args], io);
  return { code, said: [...io.written, ...io.errors].join('\n') };
}

async function done(person: string, ...args: string[]): Promise<string> {
  const { code, said } = await rolewave(person, ...args);
  if (code !== 0) throw new Error(`rolewave ${args.join(' ')} ended with ${code}: ${said}`);
  return said;
}

const show = async () =>
  JSON.parse(await done('ines', 'show', clerk, '--json')) as {
    package: { blockers: { code: string }[]; previewDigest?: string };
    running: { state: string; proposal?: object; lastVerdict?: object; receiptLine?: string } | null;
  };
async function until(what: (seen: Awaited<ReturnType<typeof show>>) => unknown): Promise<void> {
  await expect.poll(async () => Boolean(what(await show())), { timeout: 60_000, interval: 300 }).toBe(true);
}

test('the command takes a package from its plan to its rollback', async () => {
  expect(await done('ines', 'validate', file)).toContain("is a valid plan: 'test' with 1 package in 1 wave");
  expect(await done('ines', 'plan', file)).toContain("Plan 'test' would grant 3 and retire 1, with 0 already granted, in 1 system. Nothing was changed.");
  expect(await done('ines', 'apply', file)).toContain("Applied 'test' as revision 1 and sent it to 1 wave.");
  expect(await done('ines', 'apply', file)).toContain("Nothing changed: 'test' is already at revision 1");
  expect(await rolewave('olga', 'apply', file)).toMatchObject({ code: 3, said: expect.stringContaining('Only operators of the plan may do this') });

  for (const item of ['handoff', 'backup', 'notices'])
    expect(await done('olga', 'evidence', clerk, item, '--reference', 'TICKET-1')).toContain(`Accepted: recorded for ${clerk}: `);
  await until(({ package: planned }) => planned.previewDigest && planned.blockers.map(({ code }) => code).join() === 'signOff');
  expect(await rolewave('otto', 'sign-off', clerk, '--yes')).toMatchObject({
    code: 3,
    said: expect.stringContaining("'otto' may not sign off package 'clerk'. The owner olga"),
  });
  const signed = await done('olga', 'sign-off', clerk, '--yes');
  expect(signed).toContain('3 grants for 3 people, 0 already granted, 1 to retire');
  expect(signed).toContain('ann: gets clerk in erp; loses old_reader in erp (granted by dba; legacy access, retired)');
  expect(signed).toContain('nothing more is needed until it goes live on 2027-12-31.');
  expect(await done('ines', 'status', 'test')).toContain('Nothing waits for a person.');
  expect(await done('ines', 'note', 'test/wave-1', 'All is ready')).toContain('Accepted');

  const { clock } = (await endpoint.send('ines', 'GET', '/v1/waves/test/wave-1')).body;
  const soon = new Date(toPlan(Date.now(), clock) + 2 * 86_400_000).toISOString().slice(0, 16);
  expect(await done('ines', 'set-date', 'test/wave-1', soon)).toContain('Accepted');
  await until(({ running }) => running?.lastVerdict);
  expect(await done('ines', 'evaluate', clerk)).toContain('It is Monitoring, day');
  expect(await done('ines', 'pause', clerk, '--reason', 'Holidays')).toContain('its watch is paused: Holidays.');
  expect(await rolewave('ines', 'pause', clerk, '--reason', 'Again')).toMatchObject({ code: 3 });
  expect(await done('ines', 'resume', clerk)).toContain('It is Monitoring, day');
  expect(await done('ines', 'extend', clerk, '--by', '7d', '--reason', 'One more week')).toContain('of 67');
  expect(await rolewave('ann', 'extend', clerk, '--by', '7d', '--reason', 'I like it')).toMatchObject({ code: 3 });
  expect(await done('ines', 'rollback', clerk, '--preview')).toContain(
    'It would revoke 3 grants from 3 people (no recent use was seen), restore 1, and keep 0.',
  );

  await done('ines', 'rollback', clerk, '--reason', 'The review was wrong');
  await until(({ running }) => running?.proposal);
  expect(await done('olga', 'decide', clerk, 'approve', '--reason', 'Agreed')).toContain('Proposed: rollback: ');
  await until(({ running }) => running?.state === 'Rolled back');
  expect(await done('ines', 'show', clerk)).toContain('3 granted, 3 revoked, 1 legacy grant restored');
  expect(await done('ines', 'status', 'test/wave-1')).toContain('Rolled back');
  expect(await rolewave('ines', 'evaluate', clerk)).toMatchObject({ code: 3 });
});
