/** How the command shows a change of a released package. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { smallPlan } from '../test/support/small-plan.ts';
import { run } from './program.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';
import type { Peer } from '../test/support/peer.ts';
import { plannedPackage, waveOf } from '../test/support/views.ts';

const closing = 'small/first/closing';
const part = { system: 'erp', digest: 'c'.repeat(64), people: 6, toGrant: 4, alreadyThere: 8, toRetire: 0, toDrop: 2, conflicts: [] };
let peer: Peer;
let dir: string;
let file: string;

beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage({ change: 'revise', preview: [part] })]), packages: [] }]);
  dir = await mkdtemp(join(tmpdir(), 'rolewave-revisions-'));
  file = join(dir, 'plan.yaml');
  await writeFile(file, smallPlan);
});
afterEach(async () => {
  await peer.close();
  await rm(dir, { recursive: true });
});

async function rolewave(args: string[], io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } })) {
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n') };
}
const route = (path: string) => `POST ${path}?file=${encodeURIComponent(file)}`;

test.each([
  ['show', closing],
  ['sign-off', closing, '--yes'],
])('%s says that it changes a released package, and what it grants and revokes', async (...args) => {
  const { out } = await rolewave(args);
  expect(out).toContain('4 grants for 6 people, 8 already granted, 0 to retire, 2 to revoke from the previous release');
  expect(out).toContain('changes a released package: grants what is new, revokes what it drops');
});

test('plan counts what released packages would lose; without any there is no such column', async () => {
  const simulated = {
    plan: 'small',
    packages: [{ package: 'closing', parts: [part], problems: [] }],
    totals: { erp: { toGrant: 4, alreadyThere: 8, toRetire: 0, toDrop: 2 } },
  };
  const { toDrop: _, ...first } = part;
  peer.will(
    route('/v1/plans/simulate'),
    { status: 200, body: simulated },
    { status: 200, body: { ...simulated, packages: [{ package: 'closing', parts: [first], problems: [] }], totals: {} } },
  );
  const { out } = await rolewave(['plan', file]);
  expect(out).toMatch(/To retire.*To revoke.*Conflicts/);
  expect(out).toContain('would grant 4, retire 0 and revoke 2 that released packages granted and no longer contain, with 8 already granted, in 1 system.');
  expect((await rolewave(['plan', file])).out).not.toContain('To revoke');
});

describe('apply', () => {
  const applied = { plan: 'small', revision: 2, changed: true, waves: [{ wave: 'first', status: 'accepted' }] };

  test('says which released packages were notified, and which were not', async () => {
    const packages = [
      { package: 'closing', wave: 'first', status: 'sent' },
      { package: 'intake', wave: 'second', status: 'ended', message: 'It does not run.' },
      { package: 'audit', wave: 'gone', status: 'skipped', message: "This plan has it in no wave 'gone' any more." },
    ];
    peer.will(route('/v1/plans'), { status: 200, body: { ...applied, packages } });
    expect((await rolewave(['apply', file])).out.split('\n')).toEqual([
      "Applied 'small' as revision 2 and sent it to 1 wave.",
      'Sent the new owners to 1 released package.',
      "  gone/audit: skipped: This plan has it in no wave 'gone' any more.",
      "Next: 'rolewave status small --watch' shows what each package needs.",
    ]);
  });

  test('a change without a wave is refused with what to write', async () => {
    const detail =
      "'closing' is released by first (revision 1), and this plan changes its people: put it in a wave that has not released it yet with change: revise.";
    const whatToDo = 'Put each of the `packages` in a wave of its own. Nothing was stored.';
    peer.will(route('/v1/plans'), {
      status: 409,
      body: { code: 'released-package-changed', title: 'The plan changes a released package', detail, whatToDo },
    });
    const { code, err } = await rolewave(['apply', file]);
    expect(code).toBe(3);
    expect(err).toContain(detail);
    expect(err).toContain('Nothing was stored.');
  });
});
