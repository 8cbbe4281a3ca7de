import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { openPgSystem, type PgSystem } from '../../test/support/pg-system.ts';
import type { CheckLine, Connector } from '../connector.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const about = async (connector: Connector, role: string): Promise<CheckLine[]> =>
  (await connector.check([role])).lines.filter(({ text }) => text.includes(role));
const statementOf = (line: CheckLine | undefined) => (line && 'fix' in line ? line.fix.replace(/^.* run /, '') : '');
/** A role that only this login administers. */
async function administered(name: string, login: string, options = 'admin true, inherit false, set false'): Promise<string> {
  const role = system.logins.of(name);
  await system.logins.role(role);
  await system.logins.admin(`grant "${role}" to "${login}" with ${options}`);
  return role;
}

test("a role that can be granted in the login's own name is ok, and one that does not exist is wrong", async () => {
  const { connector, svc } = system;
  const role = await administered('plain', svc);
  const { version, lines } = await connector.check([role, 'not_there']);
  expect(version).toMatch(/^PostgreSQL 1[6-9]/);
  expect(lines.slice(1)).toEqual([
    { state: 'ok', text: `role ${role} can be granted and revoked` },
    { state: 'wrong', text: 'role not_there does not exist', fix: 'create it, or fix the plan' },
  ]);
});

test('a role that cannot be granted is wrong, and the statement of its fix makes it right', async () => {
  const { connector, one, logins, accounts } = system;
  const role = logins.of('foreign');
  await logins.role(role);
  const [line] = await about(connector, role);
  expect(line).toMatchObject({ state: 'wrong', text: `Rolewave may not grant role ${role}` });
  await logins.admin(statementOf(line));
  expect(await about(connector, role)).toEqual([{ state: 'ok', text: `role ${role} can be granted and revoked` }]);
  expect(await one.grant(role, (await accounts(1))[0] ?? '')).toMatchObject({ outcome: 'created' });
});

test('a role that is administered through a group only is granted in the name of the group, and the fix lets it grant in its own name', async () => {
  const { connector, one, logins, accounts, svc } = system;
  const [first, second] = [logins.of('admins_a'), logins.of('admins_b')];
  await logins.role(first, svc);
  await logins.role(second, svc);
  const role = await administered('through_groups', first);
  await logins.admin(`grant "${role}" to "${second}" with admin true`);
  const [line] = await about(connector, role);
  expect(line).toMatchObject({ state: 'warning', text: expect.stringMatching(`^role ${role} is granted in the name of ${first} or ${second}: `) });
  const [ana = '', ben = ''] = await accounts(2);
  expect((await one.granted(role, ana)).grantor).toMatch(/admins_[ab]/);
  await logins.admin(statementOf(line));
  expect(await about(connector, role)).toEqual([{ state: 'ok', text: `role ${role} can be granted and revoked` }]);
  expect(await one.granted(role, ben)).toMatchObject({ grantor: svc });
});

test('a group whose rights are not inherited is of no use, and is named', async () => {
  const { connector, logins, svc } = system;
  const group = logins.of('not_inherited');
  await logins.role(group);
  await logins.admin(`grant "${group}" to "${svc}" with inherit false`);
  const role = await administered('through_it', group);
  expect(await about(connector, role)).toMatchObject([
    { state: 'wrong', text: `Rolewave may not grant role ${role}: it has the ADMIN OPTION through ${group} only, whose rights it does not inherit` },
  ]);
});

test('whose grants cannot be retired is a warning, until Rolewave may act for them', async () => {
  const { connector, one, logins, accounts, svc, kim, heldBy } = system;
  const role = await administered('also_kims', svc);
  await logins.admin(`grant "${role}" to "${kim}" with admin true, inherit false, set false`);
  const [ana = '', ben = '', cho = ''] = await accounts(3);
  await logins.as(kim, `grant "${role}" to "${ana}", "${ben}"`);
  await logins.admin(`grant "${role}" to "${cho}"`);
  const [can, kims, postgres, ...others] = await about(connector, role);
  // Only where the plan retires the role.
  expect((await connector.check([role], [])).lines.slice(1)).toEqual([can]);
  expect([can, others]).toEqual([{ state: 'ok', text: `role ${role} can be granted and revoked` }, []]);
  expect(kims).toMatchObject({ state: 'warning', text: expect.stringMatching(`^${kim} has granted role ${role} to 2 accounts: Rolewave cannot retire`) });
  expect(postgres).toMatchObject({
    state: 'warning',
    text: expect.stringMatching(`^postgres has granted role ${role} to one account`),
    fix: expect.stringContaining('by hand'),
  });
  await logins.admin(statementOf(kims));
  expect((await about(connector, role)).map(({ text }) => text)).not.toContainEqual(expect.stringContaining(kim));
  const [grant] = await heldBy(role, ana);
  expect(grant && (await one.revoke(grant))).toEqual({ outcome: 'revoked' });
  await logins.admin(`revoke "${kim}" from "${svc}"`);
});

test('a role that is a superuser can be granted by superusers only', async () => {
  const { connector, logins, svc } = system;
  const role = await administered('almighty', svc);
  await logins.admin(`alter role "${role}" superuser`);
  expect(await about(connector, role)).toEqual([
    { state: 'wrong', text: `Rolewave may not grant role ${role}, which is a superuser`, fix: 'take it out of the plan' },
  ]);
});

test('a login that is read-only by default is wrong, with its fix', async () => {
  const { logins, svc } = system;
  await logins.admin(`alter role "${svc}" set default_transaction_read_only = on`);
  const lines = await system.as(svc, async (connector) => (await connector.check([])).lines);
  expect(lines).toContainEqual(expect.objectContaining({ state: 'wrong', text: 'transactions are read-only by default' }));
  await logins.admin(`alter role "${svc}" reset default_transaction_read_only`);
});
