/**
 * What a release owes in every kind of system, from its preview to its rollback, against real servers: how it ends where the system, the group or the person is not
 * there, and what it leaves alone. Whatever fails names the system and what it is about, and another attempt finishes it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { releaseNumbers } from '../domain/access/planned-and-done.ts';
import { rulesOf } from '../domain/plan/incompatible-rules.ts';
import { doneOf } from '../domain/release/done.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { keycloakPeer } from '../test/connectors/peers/keycloak.ts';
import { ldapPeer } from '../test/connectors/peers/ldap.ts';
import { postgresPrivilegesPeer } from '../test/connectors/peers/postgres-privileges.ts';
import { postgresPeer } from '../test/connectors/peers/postgres.ts';
import { openCutLine, type CutLine } from '../test/connectors/cut-line.ts';
import { wrongPassword, type Peer } from '../test/connectors/peer.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { ifMissing as ifNoKeycloak, keycloak } from '../test/support/keycloak.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../test/support/scim-scim2-server.ts';
import { startScimmy } from '../test/support/scim-scimmy.ts';
import { scimPeer } from '../test/support/scim-server.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { ifMissing as ifNoSlapd, slapd } from '../test/support/slapd.ts';

interface Kind {
  kind: string;
  open(): Promise<Peer>;
  isMissing: boolean;
}

const kinds: Kind[] = [
  { kind: 'PostgreSQL', open: () => postgresPeer(), isMissing: false },
  { kind: 'PostgreSQL, privileges on tables', open: () => postgresPrivilegesPeer('table'), isMissing: false },
  { kind: `LDAP${ifNoSlapd}`, open: () => ldapPeer('groupOfNames'), isMissing: !slapd },
  { kind: `SCIM, scim2-server${ifNoScim2Server}`, open: async () => scimPeer(await startScim2Server()), isMissing: !hasScim2Server },
  { kind: 'SCIM, scimmy-routers', open: async () => scimPeer(await startScimmy()), isMissing: false },
  { kind: `Keycloak${ifNoKeycloak}`, open: () => keycloakPeer('groups'), isMissing: !keycloak },
];

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('every_kind');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
/** As their answers say it when they fail. */
const toBeTriedAgain = (id: string) => ({
  type: 'SystemUnavailable',
  nonRetryable: false,
  message: expect.stringContaining(`system '${id}' cannot be reached: `),
});

for (const { kind, open, isMissing } of kinds)
  describe.skipIf(isMissing)(`in ${kind}`, { timeout: 180_000 }, () => {
    let peer: Peer;
    beforeAll(async () => void (peer = await open()), 120_000);
    afterAll(() => peer?.close());

    /** ann, ben and cem are to have `clerk` in place of `old`, which nobody holds yet. Names are those of the system. */
    async function start(change: { more?: string[]; plan?: (id: string, of: (name: string) => string) => PlanChange } = {}) {
      const id = `every-kind-${(number += 1)}`;
      const roles = Object.fromEntries(await inOrder(['clerk', 'old', ...(change.more ?? [])], async (name) => [name, await peer.role()] as const));
      const accounts = await peer.accounts(3);
      const named: Record<string, string> = { ...roles, ...Object.fromEntries(['ann', 'ben', 'cem'].map((person, at) => [person, accounts[at] ?? ''])) };
      const of = (name: string) => named[name] ?? name;
      const packages = [{ entitlements: [{ system: id, role: 'clerk' }], legacy: [{ system: id, role: 'old' }] }];
      const made = new Bench(store, benchPlan(id, id, { packages, ...change.plan?.(id, of) }, of), { [id]: peer.connector });
      await made.apply();
      /** Who of the three holds what, without the administrators. */
      const held = async () => {
        const { grants } = await peer.connector.snapshot(Object.values(roles), []);
        const who = (name: string) => Object.keys(named).find((each) => named[each] === name) ?? name;
        return [...new Set(grants.filter(({ account }) => accounts.includes(account)).map(({ role, account }) => `${who(account)} ${who(role)}`))].sort();
      };
      const approve = (proposal = 'rollback-1') =>
        made.record('decide', 'olga', { plan: id, wave: 'wave-1', package: 'clerks' }, { proposal, kind: 'rollback', answer: 'approve', reason: 'yes' });
      return { made, id, of, held, approve };
    }

    /** `work` with this connector in place of the system's own. */
    async function by<T>(made: Bench, id: string, connector: Connector, work: () => Promise<T>): Promise<T> {
      made.systems[id] = connector;
      try {
        return await work();
      } finally {
        made.systems[id] = peer.connector;
        await connector.close();
      }
    }

    test.each([
      ['is not reachable', 'unreachable'],
      ['does not take the login', 'refused'],
    ] as const)('a system that %s: every step says so and changes nothing, and is done when it is tried again', async (_what, how) => {
      const { made, id, held, approve } = await start();
      const away = async (work: () => Promise<unknown>) => {
        const connector = peer[how]?.();
        if (!connector) throw new Error('the peer has no such connector');
        const error: unknown = await by(made, id, connector, work).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject(toBeTriedAgain(id));
        expect(String(error)).not.toContain(wrongPassword);
      };
      await away(() => made.preview());
      const release = await made.signed();
      await away(() => made.run('recheckSystem', release, id));
      await away(() => made.run('grantAccess', release, id));
      expect([await held(), (await store.ledger(release)).map(({ outcome }) => outcome)]).toEqual([[], []]);
      expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 3, failed: 0, unknown: 0 });
      await away(() => made.run('verifyAccess', release, id));
      await away(() => made.run('retireLegacy', release, id));
      await away(() => made.run('tuneAccess', release, id, { id: 't', step: 'reconcile' }));
      const approval = await approve();
      await away(() => made.run('rollBackAccess', release, id, { id: 'r', approval }));
      expect(await held()).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
      expect(await made.run('rollBackAccess', release, id, { id: 'r', approval })).toMatchObject({ revoked: 3, failed: [] });
      expect(await held()).toEqual([]);
    });

    test('an answer that ends in the middle is never taken for all of it, and what it was about is done once', async () => {
      const whole = await start();
      for (const account of ['ann', 'ben', 'cem']) await peer.grant(whole.of('old'), whole.of(account));
      const signed = await whole.made.signed();
      const sent = async (work: () => Promise<unknown>) => {
        const line = await cutAfter(peer, Infinity);
        await by(whole.made, whole.id, line.connector, work);
        await line.close();
        return line.bytes();
      };
      const previewed = await sent(() => whole.made.preview());
      const granted = await sent(() => whole.made.run('grantAccess', signed, whole.id));
      expect([previewed > 100, granted > 100]).toEqual([true, true]);
      const failed = { preview: 0, grant: 0 };
      for (const share of [0.3, 0.6, 0.9]) {
        const { made, id, of, held } = await start();
        for (const account of ['ann', 'ben', 'cem']) await peer.grant(of('old'), of(account));
        const attempt = async (what: keyof typeof failed, bytes: number, work: () => Promise<unknown>) => {
          const line = await cutAfter(peer, bytes);
          try {
            return await by(made, id, line.connector, work);
          } catch (error) {
            failed[what] += 1;
            expect(error).toMatchObject(toBeTriedAgain(id));
            return undefined;
          } finally {
            await line.close();
          }
        };
        // Whole or an error: fewer people in `old` would look like less to retire.
        const seen = await attempt('preview', Math.floor(previewed * share), () => made.preview());
        if (seen !== undefined) expect(seen).toMatchObject({ parts: [{ people: 3, toGrant: 3, toRetire: 3 }] });
        const release = await made.signed();
        await attempt('grant', Math.floor(granted * share), () => made.run('grantAccess', release, id));
        // Until the system has seen that nobody is there any more.
        await expect
          .poll(() => made.run('grantAccess', release, id).catch(String), { timeout: 60_000, interval: 500 })
          .toMatchObject({ created: 3, failed: 0 });
        expect(await made.run('verifyAccess', release, id)).toMatchObject({ created: 3, unknown: 0 });
        expect(await held()).toEqual(['ann clerk', 'ann old', 'ben clerk', 'ben old', 'cem clerk', 'cem old']);
      }
      expect([failed.preview > 0, failed.grant > 0]).toEqual([true, true]);
    });

    test('a group that does not exist is named with its system: before the sign-offs, at go-live, and where it goes at the last moment', async () => {
      const { made, id, of, held } = await start({ more: ['reader'], plan: (on) => ({ packages: [{ legacy: [], entitlements: both(on) }] }) });
      const named = `role '${of('reader')}'`;
      const release = await made.signed();
      await peer.drop('role', of('reader'));
      expect((await made.preview()).parts[0]?.conflicts).toContainEqual(`${named} does not exist in '${id}': create it or fix the plan, it cannot be granted`);
      expect(await made.run('recheckSystem', release, id)).toMatchObject({ wider: 1, lines: [`wider: ${named} no longer exists`] });
      await made.makeReady(release);
      const refusal = await made.run('grantAccess', release, id).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ type: 'Incomplete', message: expect.stringContaining(`system '${id}' refused: `) });
      expect(refusal).toMatchObject({ message: expect.stringContaining(of('reader')), details: [{ created: 3, failed: 3 }] });
      expect(await held()).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    });

    test('a person whom the system does not know is named, and the others are granted', async () => {
      const { made, id, of, held } = await start();
      const release = await made.signed();
      await peer.drop('account', of('ben'));
      expect((await made.preview()).parts[0]).toMatchObject({
        people: 2,
        conflicts: [`account '${of('ben')}' of 'ben' does not exist in '${id}': nothing is granted to it; create the account or fix the plan`],
      });
      const away = await made.run('recheckSystem', release, id);
      expect(away).toMatchObject({ wider: 0, shrunk: 1, lines: [expect.stringContaining(of('ben'))] });
      expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 2, failed: 0 });
      expect(await held()).toEqual(['ann clerk', 'cem clerk']);
    });

    test('who may not sign in any more is granted nothing, keeps the old access, and is given nothing back', async () => {
      const { made, id, of, held, approve } = await start();
      for (const account of ['ann', 'ben', 'cem']) await peer.grant(of('old'), of(account));
      const release = await made.signed();
      await peer.lock?.(of('ann'));
      expect(await made.run('recheckSystem', release, id)).toMatchObject({ wider: 0, shrunk: 1 });
      expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 2, failed: 0 });
      await made.run('verifyAccess', release, id);
      expect(await made.run('retireLegacy', release, id)).toMatchObject({ retired: 2, failed: 0 });
      // Ann's old access is not retired, because the new one is not proven.
      expect(await held()).toEqual(['ann old', 'ben clerk', 'cem clerk']);
      await peer.lock?.(of('ben'));
      expect(await made.run('tuneAccess', release, id, { id: 't', step: 'grantMissing' })).toMatchObject({ granted: 0 });
      const receipt = await made.run('rollBackAccess', release, id, { id: 'r', approval: await approve() });
      expect(receipt).toMatchObject({ revoked: 2, restored: 1, notRestored: [{ role: of('old'), account: of('ben') }] });
      expect(await held()).toEqual(['ann old', 'cem old']);
    });

    test('the last administrator of a role that always has one stays, however often it is approved', async () => {
      const { made, id, of, held, approve } = await start();
      for (const { account } of (await peer.connector.snapshot([of('clerk')], [])).grants) await peer.revokeAll(of('clerk'), account);
      const release = await made.signed();
      await made.run('grantAccess', release, id);
      made.site = site({ systems: [siteSystem(id, { roles: { allow: ['*'], deny: [], neverEmpty: [of('clerk')] } })] });
      const rollBack = async (proposal: string) => made.run('rollBackAccess', release, id, { id: 'r', approval: await approve(proposal) });
      await expect(rollBack('rollback-1')).rejects.toMatchObject({
        type: 'Incomplete',
        message: expect.stringContaining(`would leave nobody with '${of('clerk')}'`),
      });
      expect(await rollBack('rollback-2')).toMatchObject({ revoked: 0 });
      expect(await held()).toEqual(['ann clerk', 'ben clerk', 'cem clerk']);
    });

    test('what was simulated is what the record says afterwards: grants, retirements, people, and access that nobody may hold together', async () => {
      const rules = (on: string, of: (name: string) => string) =>
        Object.entries({ clerk: 'pay', old: 'audit' }).map(([one, other]) => ({
          id: `${one}-and-${other}`,
          reason: 'Four eyes',
          entitlements: [at(on, of(one)), at(on, of(other))],
        }));
      const { made, id, of, held } = await start({ more: ['pay', 'audit'], plan: (on, of) => ({ incompatible: rules(on, of) }) });
      for (const [account, role] of Object.entries({ ann: 'clerk pay', ben: 'old audit' }))
        for (const each of role.split(' ')) await peer.grant(of(each), of(account));
      const release = await made.signed();
      expect(release.parts[0]).toMatchObject({ toGrant: 2, alreadyThere: 1, toRetire: 1, blastRadius: { people: 2 } });
      for (const step of ['grantAccess', 'verifyAccess', 'retireLegacy'] as const) await made.run(step, release, id);
      expect(await held()).toEqual(['ann clerk', 'ann pay', 'ben audit', 'ben clerk', 'cem clerk']);
      const contents = (await Promise.all(release.parts.map(({ digest }) => store.preview(digest)))).filter((content) => content !== undefined);
      const done = (await store.ledger(release)).map(doneOf);
      const numbers = releaseNumbers(contents, done, rulesOf(made.plan, made.plan.packages[0]!), made.nowMs, made.nowMs);
      const planned = { created: 2, preexisting: 1, retired: 1, revoked: 0, people: 2 };
      expect(numbers.systems).toEqual([{ system: id, planned, done: { ...planned, failed: 0, open: 0 } }]);
      const [existing, resolved] = [
        { existing: 1, caused: 0, excepted: 0, resolved: 0 },
        { existing: 0, caused: 0, excepted: 0, resolved: 1 },
      ];
      expect(numbers.incompatible).toEqual([
        { rule: 'clerk-and-pay', planned: existing, done: existing },
        { rule: 'old-and-audit', planned: resolved, done: resolved },
      ]);
    });
  });

const at = (system: string, role: string) => ({ system, role });
const both = (on: string) => [at(on, 'clerk'), at(on, 'reader')];

async function inOrder<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

/** Over such a line. A SCIM server is known by its address, and this is the same one by another. */
async function cutAfter(peer: Peer, most: number): Promise<CutLine> {
  const line = await openCutLine(peer, most);
  return { ...line, connector: { ...line.connector, place: () => peer.connector.place() } };
}
