/**
 * What every connector must do, against a real system: the suite that a new connector has to pass (docs/connectors.md). It asks only through the connector's
 * interface, and lets the peer's administrators do what administrators do.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActualGrant, Connector, GrantOutcome, WantedGrant } from '../../connectors/connector.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne, unrecorded, type OneByOne } from '../support/one-by-one.ts';
import { neverAnothersGrant } from './hostile-sequences.ts';
import type { Peer, Traits, What } from './peer.ts';

const both: What[] = ['role', 'account'];
const createdOf = (outcomes: GrantOutcome[]): ActualGrant[] => outcomes.flatMap((each) => (each.outcome === 'created' ? [each.grant] : []));
const why = (outcome: { outcome: string; why?: string }): string => `${outcome.outcome}: ${outcome.why ?? ''}`;

/** Declares the tests. `open`: called once, before them; `many`: holders of one role that are granted and read at once. */
export function connectorContract(open: () => Promise<Peer>, { keepsGrantorsApart }: Traits, { many = 300 } = {}): void {
  let peer: Peer;
  let connector: Connector;
  let one: OneByOne;
  beforeAll(async () => {
    peer = await open();
    ({ connector } = peer);
    one = oneByOne(connector);
  });
  afterAll(() => peer?.close());

  const pair = async () => {
    const [role, [account = '']] = [await peer.role(), await peer.accounts(1)];
    return { role, account };
  };
  /** Among these accounts: the administrators of a role may hold it, too. */
  const heldAmong = async (role: string, accounts: string[]) => {
    const among = new Set(accounts);
    return (await connector.snapshot([role], [])).grants.filter(({ account }) => among.has(account));
  };
  const heldBy = (role: string, account: string) => heldAmong(role, [account]);
  const signed = async (role: string, accounts: string[]): Promise<WantedGrant[]> => {
    const snapshot = await connector.snapshot([role], accounts);
    const content = snapshot.roles[0];
    return accounts.map((account) => ({
      role,
      account,
      ...idOf('roleId', content?.id),
      ...idOf('accountId', snapshot.accounts.find((each) => each.account === account)?.id),
      ...(content ? { digest: content.digest } : {}),
    }));
  };

  describe('grant and revoke', () => {
    test('each happen once, are read back, and may be repeated (R4)', async () => {
      const { role, account } = await pair();
      const granted = await one.granted(role, account);
      expect(granted).toMatchObject({ role, account });
      expect(await heldBy(role, account)).toEqual([granted]);
      expect(await one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [granted] });
      expect(await one.revoke(granted)).toEqual({ outcome: 'revoked' });
      expect(await one.revoke(granted)).toEqual({ outcome: 'gone' });
      expect(await heldBy(role, account)).toEqual([]);
    });

    test('of nothing do nothing', async () => {
      expect([await connector.grant([], unrecorded), await connector.revoke([], unrecorded), await connector.restore([], unrecorded)]).toEqual([[], [], []]);
    });

    test(`of ${many} accounts answer in the order of the request, and the list of holders is complete`, async () => {
      const role = await peer.role();
      const accounts = await peer.accounts(many);
      const wanted = accounts.map((account) => ({ role, account }));
      const granted = createdOf(await connector.grant(wanted, unrecorded));
      expect(granted.map(({ account }) => account)).toEqual(accounts);
      const held = await heldAmong(role, accounts);
      expect(held.map(({ account }) => account).toSorted()).toEqual(accounts.toSorted());
      expect((await connector.revoke(granted.slice(1), unrecorded)).map(({ outcome }) => outcome)).toEqual(granted.slice(1).map(() => 'revoked'));
      expect(await heldAmong(role, accounts)).toEqual(granted.slice(0, 1));
    });

    test('of several roles in one call have one outcome each', async () => {
      const roles = [await peer.role(), await peer.role(), await peer.role()];
      const [account = ''] = await peer.accounts(1);
      const granted = createdOf(
        await connector.grant(
          roles.map((role) => ({ role, account })),
          unrecorded,
        ),
      );
      expect(granted.map(({ role }) => role)).toEqual(roles);
      expect(await connector.revoke(granted, unrecorded)).toEqual(roles.map(() => ({ outcome: 'revoked' })));
    });

    test('go on after what the system refuses, and say why in words that name it', async () => {
      const { role, account } = await pair();
      const [absent, gone] = [await pair(), await pair()];
      await peer.drop('role', absent.role);
      await peer.drop('account', gone.account);
      const [noRole, noAccount, last] = await connector.grant(
        [
          { role: absent.role, account },
          { role, account: gone.account },
          { role, account },
        ],
        unrecorded,
      );
      expect([why(noRole!), why(noAccount!), last!.outcome]).toEqual([
        expect.stringMatching(new RegExp(`^failed: .*${escaped(absent.role)}`)),
        expect.stringMatching(new RegExp(`^failed: .*${escaped(gone.account)}`)),
        'created',
      ]);
    });

    test('by two processes at once create each grant once', async () => {
      const role = await peer.role();
      const accounts = await peer.accounts(20);
      const wanted = accounts.map((account) => ({ role, account }));
      const another = peer.another();
      try {
        const outcomes = await Promise.all([connector, another].map((each) => each.grant(wanted, unrecorded)));
        for (const at of wanted.keys()) expect(outcomes.map((each) => each[at]?.outcome).toSorted()).toEqual(['created', 'preexisting']);
        expect(await heldAmong(role, accounts)).toHaveLength(wanted.length);
      } finally {
        await another.close();
      }
    });
  });

  describe("another administrator's grant (R1)", () => {
    test('is preexisting, and is not called ours', async () => {
      const { role, account } = await pair();
      await peer.grant(role, account);
      const [theirs] = await heldBy(role, account);
      expect(await one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [theirs] });
    });

    test('stays when ours of the same pair was taken away before and is revoked now', async () => {
      const { role, account } = await pair();
      const ours = await one.granted(role, account);
      await peer.revokeAll(role, account);
      await peer.grant(role, account);
      // Where a system cannot tell, it says so, and leaves it.
      expect(['gone', 'failed']).toContain((await one.revoke(ours)).outcome);
      expect(await heldBy(role, account)).toHaveLength(1);
    });

    test.runIf(keepsGrantorsApart)('stays when ours beside it is revoked', async () => {
      const { role, account } = await pair();
      const ours = await one.granted(role, account);
      await peer.grant(role, account);
      expect(await heldBy(role, account)).toHaveLength(2);
      expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
      const left = await heldBy(role, account);
      expect(left).toHaveLength(1);
      expect(left).not.toContainEqual(ours);
    });

    test('stays when role or account was dropped and made again under the same name', async () => {
      for (const what of both) {
        const names = await pair();
        const ours = await one.granted(names.role, names.account);
        await peer.recreate(what, names[what]);
        await peer.grant(names.role, names.account);
        expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
        expect(await heldBy(names.role, names.account)).toHaveLength(1);
      }
    });

    test('is never revoked, whatever is granted, renamed, dropped and made again meanwhile', { timeout: 120_000 }, async () => {
      await neverAnothersGrant(peer, { keepsGrantorsApart });
    });
  });

  describe('names are for people, ids are what counts', () => {
    test('our grant is revoked after role and account have other names', async () => {
      const { role, account } = await pair();
      const ours = await one.granted(role, account);
      const now = { role: await peer.rename('role', role), account: await peer.rename('account', account) };
      expect(await heldBy(now.role, now.account)).toMatchObject([{ roleId: ours.roleId, accountId: ours.accountId }]);
      expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
      expect(await heldBy(now.role, now.account)).toEqual([]);
    });

    test('a role is found by its id under the name that it has now', async () => {
      const { role, account } = await pair();
      const { roleId = '' } = await one.granted(role, account);
      const now = await peer.rename('role', role);
      const { grants } = await connector.snapshot([], [], undefined, [roleId]);
      expect(grants.filter((grant) => grant.account === account)).toMatchObject([{ role: now, account, roleId }]);
    });

    test.each(both)('what was signed for one %s that was dropped and made again is not granted (R3)', async (what) => {
      const names = await pair();
      const wanted = await signed(names.role, [names.account]);
      await peer.recreate(what, names[what]);
      const [outcome] = await connector.grant(wanted, unrecorded);
      expect(why(outcome!)).toMatch(new RegExp(`^failed: .*${escaped(names[what])}.* since it was signed`));
      expect(await heldBy(names.role, names.account)).toEqual([]);
    });

    test.each(both)('what was signed for one %s that was renamed is not granted, also where another has its name now (R3)', async (what) => {
      const names = await pair();
      const wanted = await signed(names.role, [names.account]);
      const now = await peer.rename(what, names[what]);
      const [outcome] = await connector.grant(wanted, unrecorded);
      expect(why(outcome!)).toMatch(/^failed: .* since it was signed/);
      expect(await heldBy(what === 'role' ? now : names.role, what === 'account' ? now : names.account)).toEqual([]);
    });

    test('the content of a role has a digest, which stays while nobody changes the role', async () => {
      const { role, account } = await pair();
      const contentOf = async () => (await connector.snapshot([role], [])).roles;
      const before = await contentOf();
      expect(before).toMatchObject([{ role, exists: true, digest: expect.stringMatching(/./) }]);
      await one.granted(role, account);
      expect(await contentOf()).toEqual(before);
    });

    test('what was signed for a role that may do more by now is not granted (R3)', async ({ skip }) => {
      if (!peer.widen) return skip('the system does not show what a role may do');
      const { role, account } = await pair();
      const wanted = await signed(role, [account]);
      await peer.widen(role);
      expect((await connector.snapshot([role], [])).roles[0]?.digest).not.toBe(wanted[0]?.digest);
      const [outcome] = await connector.grant(wanted, unrecorded);
      expect(why(outcome!)).toMatch(new RegExp(`^failed: .*${escaped(role)}.* since it was signed`));
      expect(await heldBy(role, account)).toEqual([]);
    });
  });

  describe('a snapshot', () => {
    test('tells accounts and roles that exist from those that do not', async () => {
      const [there, gone] = [await pair(), await pair()];
      await peer.drop('role', gone.role);
      await peer.drop('account', gone.account);
      const { roles, accounts, unknownAccounts } = await connector.snapshot([there.role, gone.role], [there.account, gone.account]);
      expect(roles).toMatchObject([
        { role: there.role, exists: true },
        { role: gone.role, exists: false },
      ]);
      expect([accounts.map(({ account }) => account), unknownAccounts]).toEqual([[there.account], [gone.account]]);
      expect([roles[0]?.id, accounts[0]?.id]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    });

    test('counts an account that cannot sign in as unknown, and nothing is granted to it', async ({ skip }) => {
      if (!peer.lock) return skip('the system does not lock accounts');
      const { role, account } = await pair();
      await peer.lock(account);
      expect((await connector.snapshot([role], [account])).unknownAccounts).toEqual([account]);
      expect(why(await one.grant(role, account))).toMatch(new RegExp(`^failed: .*${escaped(account)}`));
    });

    test('without contents has the same grants', async () => {
      const { role, account } = await pair();
      const ours = await one.granted(role, account);
      const { grants } = await connector.snapshot([role], [account], undefined, undefined, true);
      expect(grants.filter((grant) => grant.account === account)).toEqual([ours]);
    });

    test('that was cancelled ends with the reason of it', async () => {
      const role = await peer.role();
      await expect(connector.snapshot([role], [], AbortSignal.abort(new Error('not wanted any more')))).rejects.toThrow('not wanted any more');
    });
  });

  describe('restore', () => {
    test("gives back exactly another administrator's grant, once, and it can be revoked again", async () => {
      const { role, account } = await pair();
      await peer.grant(role, account);
      const [theirs] = await heldBy(role, account);
      expect(await one.revoke(theirs!)).toEqual({ outcome: 'revoked' });
      const restored = await one.restore(theirs!);
      expect(restored).toMatchObject({ outcome: 'created', grant: { role, account, options: theirs!.options } });
      expect(await one.restore(theirs!)).toMatchObject({ outcome: 'preexisting' });
      const [again] = await heldBy(role, account);
      expect(await one.revoke(again!)).toEqual({ outcome: 'revoked' });
    });

    test.each(both)('of a grant whose %s was dropped, or dropped and made again, will never succeed', async (what) => {
      for (const change of ['drop', 'recreate'] as const) {
        const names = await pair();
        const ours = await one.granted(names.role, names.account);
        await peer[change](what, names[what]);
        expect(await one.restore(ours)).toMatchObject({ outcome: 'failed', nothingThere: true, why: expect.stringContaining(names[what]) });
      }
    });
  });

  describe('what is about to be done', () => {
    test('is told before it is there, with a transaction that is known to have taken effect afterwards (R5)', async () => {
      const { role, account } = await pair();
      let id = '';
      const seen: unknown[] = [];
      const outcomes = await connector.grant([{ role, account }], async (told, transaction) => {
        id = transaction ?? '';
        const { grants } = await connectorElsewhere((other) => other.snapshot([role], []));
        seen.push(
          told.map(({ outcome }) => outcome),
          grants.filter((grant) => grant.account === account),
        );
      });
      expect(seen).toEqual([['created'], []]);
      expect(await connector.wasCommitted(id)).toBe('committed');
      expect(await heldBy(role, account)).toEqual(createdOf(outcomes));
    });

    test('is not done when it could not be written down, and the reason is thrown as it is', async () => {
      const { role, account } = await pair();
      const [granted, other] = [await one.granted(role, account), await pair()];
      const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const ids: (string | undefined)[] = [];
      const fail = async (_outcomes: unknown, transaction?: string) => {
        ids.push(transaction);
        throw down;
      };
      await expect(connector.grant([other], fail)).rejects.toBe(down);
      await expect(connector.revoke([granted], fail)).rejects.toBe(down);
      expect(await Promise.all(ids.map((id) => connector.wasCommitted(id ?? '')))).toEqual(['aborted', 'aborted']);
      expect([await heldBy(role, account), await heldBy(other.role, other.account)]).toEqual([[granted], []]);
    });

    test('has no transaction where nothing is about to change', async () => {
      const { role, account } = await pair();
      const granted = await one.granted(role, account);
      const ids: unknown[] = [];
      const note = async (_outcomes: unknown, transaction?: string) => void ids.push(transaction);
      await connector.grant([{ role, account }], note);
      await connector.restore([granted], note);
      expect(ids).toEqual([undefined, undefined]);
    });

    test('nobody knows of a transaction that never was', async () => {
      expect(await connector.wasCommitted('no transaction of this system')).toBe('unknown');
    });
  });

  describe('a rehearsal', () => {
    test('answers as the effects would, and changes nothing', async () => {
      const { role, account } = await pair();
      const [ben = '', gone = ''] = await peer.accounts(2);
      await peer.drop('account', gone);
      const granted = await one.granted(role, ben);
      const { grant, revoke } = await connector.rehearse({ grant: [account, ben, gone].map((each) => ({ role, account: each })), revoke: [granted] });
      expect([grant, revoke].map((each) => each.map(({ outcome }) => outcome))).toEqual([['created', 'preexisting', 'failed'], ['revoked']]);
      expect([await heldBy(role, account), await heldBy(role, ben)]).toEqual([[], [granted]]);
    });
  });

  describe('the system itself', () => {
    test('has one place for all processes', async () => {
      expect(await connectorElsewhere((other) => other.place())).toBe(await connector.place());
    });

    test('says its version, and of each role whether it can be granted', async () => {
      const [there, gone] = [await peer.role(), await peer.role()];
      await peer.drop('role', gone);
      const { version, lines } = await connector.check([there, gone], []);
      expect(version).toMatch(/./);
      expect(lines.filter(({ text }) => text.includes(there)).map(({ state }) => state)).toEqual(['ok']);
      expect(lines.filter(({ text }) => text.includes(gone)).map(({ state }) => state)).toEqual(['wrong']);
      for (const line of lines) if (line.state !== 'ok') expect(line.fix).toMatch(/./);
    });

    test('has a statement for people that names the roles', async () => {
      const role = await peer.role();
      expect(connector.checkStatement([role])).toContain(role);
    });

    test('that does not answer is SystemUnavailable, whatever was asked', async ({ skip }) => {
      const away = peer.unreachable?.();
      if (!away) return skip('the system is always there');
      const { role, account } = await pair();
      const granted = await one.granted(role, account);
      try {
        const asked = [
          () => away.place(),
          () => away.check([role]),
          () => away.snapshot([role], [account]),
          () => away.grant([{ role, account }], unrecorded),
          () => away.revoke([granted], unrecorded),
          () => away.restore([granted], unrecorded),
          () => away.rehearse({ grant: [{ role, account }], revoke: [] }),
          () => away.wasCommitted('1'),
        ];
        for (const ask of asked) await expect(ask()).rejects.toThrow(SystemUnavailable);
      } finally {
        await away.close();
      }
    });
  });

  async function connectorElsewhere<T>(work: (other: Connector) => Promise<T>): Promise<T> {
    const other = peer.another();
    try {
      return await work(other);
    } finally {
      await other.close();
    }
  }
}

const idOf = <K extends string>(key: K, id: string | undefined): { [P in K]?: string } => (id === undefined ? {} : ({ [key]: id } as { [P in K]: string }));
const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
