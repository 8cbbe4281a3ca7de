/** A wave over the real access of a company: 79 people, 231 permissions, 730 grants (see the data's README). Skipped where the data is absent. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asHeld, type Membership } from './erp.ts';
import { erpPlan } from './plan.ts';
import { startSite, type Site } from './site.ts';

const file = process.env['ROLEWAVE_ROLE_MINING_DATA'] ?? fileURLToPath(new URL('../../../shared/data/domino.txt', import.meta.url));

/** The permissions that the reviewed role bundles. Anyone who holds one of them directly receives the role, and loses what it replaces. */
const bundled = [1, 2, 3, 9, 11];
/** A permission that is granted with the role. Some of these people already hold it. */
const extra = 21;
/** This many of the people already have the role from an administrator. */
const early = 3;

describe.skipIf(!existsSync(file))('the access of a company', () => {
  let site: Site;
  let pairs: [user: number, permission: number][];
  let before: Membership[];
  const user = (id: number) => site.erp.of(`u${id}`);
  const permission = (id: number) => site.erp.of(`p${id}`);
  const role = () => site.erp.of('bundle');

  beforeAll(async () => {
    pairs = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
    site = await startSite();
    await makeDatabase();
    before = await site.erp.memberships();
  });
  afterAll(() => site?.close());

  const holdersOf = (permissions: number[]) => [...new Set(pairs.filter(([, held]) => permissions.includes(held)).map(([id]) => id))].toSorted((a, b) => a - b);
  const grant = (held: string, account: string, by: string, options = '') =>
    `grant ${escapeIdentifier(held)} to ${escapeIdentifier(account)} ${options} granted by ${escapeIdentifier(by)};`;

  /** Each permission becomes a role, each user a login, and each pair a grant by one of two administrators, with every kind of option. */
  async function makeDatabase(): Promise<void> {
    const administrators = await site.erp.administrators('dba_kim', 'dba_lee');
    await site.erp.people(...[...new Set(pairs.map(([id]) => id))].map((id) => `u${id}`));
    await site.erp.roles(['bundle', ...[...new Set(pairs.map(([, id]) => id))].map((id) => `p${id}`)], administrators);
    const options = ['', 'with inherit false', 'with set false', 'with admin true', 'with inherit true, set false'];
    await site.erp.run(
      pairs.map(([id, held], index) => grant(permission(held), user(id), administrators[index % 2]!, options[index % options.length])).join('\n'),
    );
    await site.erp.run(bundled.map((held) => grant(permission(held), role(), administrators[0]!)).join('\n'));
    // Some hold the role already, one of them from both administrators.
    const [first, ...rest] = holdersOf(bundled).slice(0, early).map(user);
    await site.erp.run(
      [first!, ...rest].map((account) => grant(role(), account, administrators[0]!)).join('\n') +
        grant(role(), first!, administrators[1]!, 'with inherit false'),
    );
  }

  test('the data has the size that its README states, and is in the database', () => {
    expect([new Set(pairs.map(([id]) => id)).size, new Set(pairs.map(([, id]) => id)).size, pairs.length]).toEqual([79, 231, 730]);
    const granted = new Set(before.map(({ role: held, member }) => `${held} ${member}`));
    expect(pairs.filter(([id, held]) => !granted.has(`${permission(held)} ${user(id)}`))).toEqual([]);
  });

  test('after a role that replaces direct permissions is released, watched and rolled back, the database is exactly as it was', async () => {
    const cohort = holdersOf(bundled);
    const accounts = cohort.map(user);
    const legacy = bundled.map(permission);
    const entitlements = [role(), permission(extra)];
    const had = before.filter(({ role: held, member }) => entitlements.includes(held) && accounts.includes(member));
    const alreadyThere = new Set(had.map(({ role: held, member }) => `${held} ${member}`)).size;
    const toRetire = pairs.filter(([, held]) => bundled.includes(held)).length;
    const toGrant = cohort.length * entitlements.length - alreadyThere;
    expect(alreadyThere).toBeGreaterThan(early);

    // What is held in another form than was reviewed is said before anyone signs.
    const inAnotherForm = had
      .filter(({ role: held }) => held === permission(extra))
      .map(formOf)
      .filter((form) => form !== undefined);
    expect(inAnotherForm.length).toBeGreaterThan(early);
    // So is what is retired and gives more than the role that replaces it.
    const passedOn = Map.groupBy(
      before.filter(({ role: held, member, admin }) => legacy.includes(held) && accounts.includes(member) && admin),
      ({ role: held }) => held,
    );
    const lost = [...passedOn].map(
      ([held, { length }]) =>
        `${length === 1 ? '1 person holds' : `${length} people hold`} '${held}' with the ADMIN OPTION, which ${length === 1 ? 'this person loses' : 'they lose'} with it: what is granted instead cannot be passed on to others`,
    );
    expect(lost.length).toBeGreaterThan(1);

    await site.apply(erpPlan('domino', { accounts, roles: entitlements, legacy, length: '3d' }));
    await site.signOff('domino');
    const [shown] = (await site.wave('domino')).packages;
    expect(shown?.preview).toEqual([
      {
        system: 'erp',
        digest: expect.any(String),
        people: cohort.length,
        toGrant,
        alreadyThere,
        toRetire,
        conflicts: expect.any(Array),
        blastRadius: { people: cohort.length },
      },
    ]);
    expect(shown?.preview?.[0]?.conflicts.toSorted()).toEqual([...inAnotherForm, ...lost].toSorted());

    const watched = await site.untilPackage('domino', ({ watch }) => watch?.evaluations === 3);
    expect(watched.grants).toEqual({ created: toGrant, preexisting: alreadyThere, failed: 0, unknown: 0, legacyRetired: toRetire });
    const forms = inAnotherForm.length;
    expect(watched).toMatchObject({
      state: 'Needs tuning',
      lastVerdict: { kind: 'tune', why: `access drift ${forms} (${forms} held in another form), more than 0, again` },
    });
    const released = await site.erp.memberships();
    const made = entitlements
      .flatMap((held) => accounts.map((account) => ({ role: held, member: account })))
      .filter(({ role: held, member }) => !had.some((each) => each.role === held && each.member === member));
    const gone = (each: Membership) => legacy.includes(each.role) && accounts.includes(each.member);
    expect(released.map(asHeld).toSorted()).toEqual(
      [
        ...before.filter((each) => !gone(each)).map(asHeld),
        ...made.map((each) => asHeld({ ...each, grantor: site.erp.svc, admin: false, inherit: true, set: true, row: '' })),
      ].toSorted(),
    );
    expect(touched(released)).toEqual([]);

    expect(await site.rollBack('domino')).toContain(`${toGrant} granted, ${toGrant} revoked`);
    const { receipts } = await site.package('domino');
    expect(receipts).toMatchObject([{ granted: toGrant, revoked: toGrant, restored: toRetire, notRestored: [], failed: [] }]);
    const after = await site.erp.memberships();
    expect(after.map(asHeld)).toEqual(before.map(asHeld));
    expect(touched(after)).toEqual([]);

    function formOf({ role: held, member, grantor, admin, inherit, set }: Membership): string | undefined {
      const parts = [...(inherit ? [] : ['without INHERIT']), ...(set ? [] : ['without SET']), ...(admin ? ['with the ADMIN OPTION'] : [])];
      return parts.length === 0
        ? undefined
        : `'${member}' already has '${held}', but ${parts.join(', ')}, granted by ${grantor}: fix it, or it counts as drift`;
    }

    /** Earlier grants that were not signed to be retired, but whose row in the catalog has changed. */
    function touched(now: Membership[]): Membership[] {
      const rows = new Set(now.map(({ row }) => row));
      return before.filter((each) => !gone(each) && !rows.has(each.row));
    }
  });
});
