/**
 * What people of a plan get and read once the site has taken a role from it: a real site, a real worker, a real database. They hold valid tokens, decide when a
 * release is undone, and look as often as they like.
 */
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asHeld } from '../server/erp.ts';
import { erpPlan } from '../server/plan.ts';
import { erpSite, startSite, untilSeen, type Site } from '../server/site.ts';
import { siteSystem, type SiteChange } from '../support/site.ts';

let site: Site;
let accounts: string[];
let stranger: string;
let kim: string;

const ours = (name: string) => site.erp.of(name);
const rights = (roles: string[], change: SiteChange = {}): SiteChange => ({
  ...erpSite,
  ...change,
  plans: [{ plan: 'ours-*', systems: [{ system: 'erp', roles }] }],
});
const held = async (role: string) => (await site.erp.memberships([role])).map(asHeld).filter((line) => accounts.some((account) => line.includes(account)));
const grant = (role: string, account: string) =>
  site.erp.run(`grant ${escapeIdentifier(role)} to ${escapeIdentifier(account)} granted by ${escapeIdentifier(kim)}`);
const read = async (path: string) => JSON.stringify((await site.api.send('ines', 'GET', path)).body);

/** The worker is another process, and looks at its site file every two seconds and at its start. */
async function changeSite(change: SiteChange): Promise<void> {
  await site.api.changeSite(change);
  await site.stopWorker();
  await site.startWorker();
}

beforeAll(async () => {
  site = await startSite();
  [kim = ''] = await site.erp.administrators('kim');
  accounts = await site.erp.people('amy', 'bob');
  [stranger = ''] = await site.erp.people('zoe');
});
afterAll(() => site?.close());

test('a rollback does not give back a role that has a name by then which the site denies to every plan, and says so', async () => {
  const [clerk = '', old = ''] = await site.erp.roles(['ours_clerk', 'ours_old'], [kim]);
  await grant(old, accounts[0]!);
  await changeSite(rights([ours('ours_*')]));
  await site.release(erpPlan('ours-renamed', { accounts, roles: [clerk], legacy: [old], length: '60d' }));
  await site.untilPackage('ours-renamed', ({ grants }) => grants.legacyRetired === 1);
  const admin = ours('x_admin');
  await site.erp.run(`alter role ${escapeIdentifier(old)} rename to ${escapeIdentifier(admin)}`);
  await changeSite(rights([ours('ours_*')], { systems: [siteSystem('erp', { kind: 'postgres', roles: { deny: [ours('x_*')] } })] }));
  const why = `the site lets no plan use the role '${admin}' of the system 'erp'`;
  try {
    // It says so once the system has answered in time.
    await untilSeen(
      () => read('/v1/packages/ours-renamed/wave-1/access/rollback-preview'),
      (text) => text.includes(why),
    );
    expect(await site.rollBack('ours-renamed')).toContain(why);
    expect(await held(admin)).toEqual([]);
  } finally {
    // By its first name, what cleans up finds it.
    await site.erp.run(`alter role ${escapeIdentifier(admin)} rename to ${escapeIdentifier(old)}`);
  }
});

test('who else has a role by then is read by nobody of the plan: neither as drift nor in a rollback', async () => {
  const [desk = ''] = await site.erp.roles(['ours_desk'], [kim]);
  await changeSite(rights([ours('ours_*')]));
  await site.release(erpPlan('ours-taken', { accounts, roles: [desk], length: '60d' }));
  await site.untilPackage('ours-taken', ({ grants }) => grants.created === 2);
  await changeSite(rights([ours('another_*')]));
  await grant(desk, stranger);
  const path = '/v1/packages/ours-taken/wave-1/access';
  const why = `the site does not let plan 'ours-taken' use the role '${desk}' of the system 'erp'`;
  const seen = await untilSeen(
    () => read(path),
    (text) => text.includes(why) || text.includes(stranger),
  );
  const preview = await read(`${path}/rollback-preview`);
  expect(preview).toContain('"asOf":"now"');
  const receipt = await site.rollBack('ours-taken');
  expect(receipt).toContain('2 revoked');
  for (const text of [seen, preview, await read(path), await read(`${path}/grants`), receipt]) expect(text).not.toContain(stranger);
  expect(await read(path)).toContain(why);
});
