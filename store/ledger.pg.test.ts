import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { next, type Fact } from '../domain/release/facts.ts';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import { handOver } from '../domain/release/rollback.ts';
import { claimsIn } from '../test/support/claims.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { actual, entry, grant, us } from '../test/support/ledger.ts';
import type { Store } from './contract.ts';
import { ledger } from './ledger.ts';
import { openStore } from './open.ts';
import { openSession, type Session } from './session.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('ledger');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const of = (wave: string, rolePackage = 'clerks') => ({ plan: 'ledger', wave, package: rolePackage });
const fresh = (wave: string, account = 'ann', change: Partial<LedgerEntry> = {}) => entry({ ...of(wave), account, person: account, place: wave, ...change });
const granted = (account = 'ann', transaction?: string): Fact => ({
  did: 'granted',
  grants: [grant('clerk', account, us)],
  ...(transaction === undefined ? {} : { transaction }),
});

describe('the ledger', () => {
  test('thousands of facts are appended at once, and read as entries in the order of their keys', async () => {
    const accounts = Array.from({ length: 4_500 }, (_, index) => `account-${String(index).padStart(4, '0')}`);
    await store.append(accounts.toReversed().map((account) => next(fresh('large', account), 'release', granted(account))));
    const read = await store.ledger(of('large'));
    expect(read.map(({ account }) => account)).toEqual(accounts);
    expect(read.every(({ outcome, made, facts }) => outcome === 'created' && made.length === 1 && facts === 1)).toBe(true);
  });

  test('is visited a few accounts at a time, each with all of its entries, the same entries as are read at once', async () => {
    const accounts = Array.from({ length: 1_300 }, (_, index) => `account-${String(index).padStart(4, '0')}`);
    const entries = ['clerk', 'reader'].flatMap((role) => accounts.map((account) => fresh('visited', account, { role })));
    await store.append(entries.map((each) => next(each, 'release', granted(each.account))));
    const some = accounts.filter((_, index) => index % 3 === 0).map((account) => fresh('visited', account, { kind: 'retire', role: 'old' }));
    await store.append(some.map((each) => next(each, 'release', { did: 'revoked', grants: [grant('old', each.account)] })));
    await store.append([next(fresh('visited', 'account-0007', { system: 'crm' }), 'release', granted('account-0007'))]);

    const visits: LedgerEntry[][] = [];
    await store.eachOfLedger(of('visited'), (visit) => void visits.push(visit));
    const key = ({ system, kind, role, account }: LedgerEntry) => [system, kind, role, account].join(' ');
    const sorted = (all: LedgerEntry[]) => all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(sorted(visits.flat())).toEqual(sorted(await store.ledger(of('visited'))));
    expect(visits.length).toBeGreaterThan(2);
    expect(Math.max(...visits.map(({ length }) => length))).toBeLessThanOrEqual(2_400);
    const together = visits.map((visit) => new Set(visit.map(({ system, account }) => `${system} ${account}`)));
    expect(together.reduce((sum, { size }) => sum + size, 0)).toBe(accounts.length + 1);

    const ofOne: LedgerEntry[] = [];
    await store.eachOfLedger({ ...of('visited'), system: 'crm' }, (visit) => void ofOne.push(...visit));
    expect(ofOne.map(({ system }) => system)).toEqual(['crm']);
    expect(await store.systemsInLedger(of('visited'))).toEqual(['crm', fresh('visited').system]);
    expect(await store.systemsInLedger(of('nothing'))).toEqual([]);
  });

  describe('of more facts than are read at once', () => {
    const accounts = Array.from({ length: 2_600 }, (_, index) => `account-${String(index).padStart(4, '0')}`);
    const later: Fact = { did: 'unconfirmed', why: 'not seen' };

    beforeAll(async () => {
      await store.append(accounts.map((account) => next(fresh('pages', account), 'release', granted(account, '9001'))));
      await store.settle('pages', '9001', true);
      // One less than two of each, so that some entry has its facts in two pages.
      await store.append(accounts.slice(1).map((account) => next(fresh('pages', account, { facts: 1 }), 'release', later)));
    });

    test('each entry has all of its own, in the order of their keys', async () => {
      const read = await store.ledger(of('pages'));
      expect(read.map(({ account }) => account)).toEqual(accounts);
      expect(read[0]).toMatchObject({ outcome: 'created', facts: 1 });
      expect(read.slice(1).every(({ outcome, made, facts }) => outcome === 'unknown' && made.length === 1 && facts === 2)).toBe(true);
    });

    test('it is as it is at one moment, even when somebody writes while it is being read', async () => {
      const session = openSession(database.url, 2);
      let pages = 0;
      const writing: Session = {
        ...session,
        rows: async (sql, values) => {
          const rows = await session.rows(sql, values);
          const both = ['account-0000', 'account-2599'].map((account, at) => next(fresh('pages', account, { facts: at + 1 }), 'tune a', { did: 'withdrawn' }));
          if (sql.includes('limit') && (pages += 1) === 1) await store.append(both);
          return rows as never;
        },
      };
      try {
        const read = await ledger(writing).ledger({ ...of('pages'), system: fresh('pages').system });
        expect(pages).toBe(2);
        expect([read[0], read.at(-1)]).toMatchObject([
          { withdrawn: true, facts: 2 },
          { withdrawn: true, facts: 3 },
        ]);
        expect(read).toEqual(await store.ledger(of('pages')));
      } finally {
        await session.close();
      }
    });
  });

  test('what happened later does not erase what happened before', async () => {
    const start = fresh('story', 'ann', { kind: 'retire', role: 'old_reader' });
    const taken = grant('old_reader', 'ann');
    const facts: Fact[] = [
      { did: 'revoked', grants: [taken] },
      { did: 'kept', why: 'kept for buyers' },
    ];
    for (const [index, fact] of facts.entries()) await store.append([next({ ...start, facts: index }, 'release', fact)]);
    expect(await store.ledger(of('story'))).toMatchObject([{ outcome: 'kept', why: 'kept for buyers', taken: [taken], facts: 2 }]);
  });

  test('of two writers who know the same last fact, the second writes nothing at all (R5)', async () => {
    const [ann, ben] = [fresh('race', 'ann'), fresh('race', 'ben')];
    await store.append([next(ann, 'release', granted())]);
    await expect(store.append([next(ben, 'release', granted('ben')), next(ann, 'release', granted())])).rejects.toMatchObject({ name: 'LedgerMoved' });
    expect((await store.ledger(of('race'))).map(({ account, facts }) => [account, facts])).toEqual([['ann', 1]]);
  });

  test('the mark of a ledger is counted without reading its facts, of which a release may have hundreds of thousands', async () => {
    await store.append([next(fresh('counted'), 'release', granted())]);
    const mark = await store.ledgerMark(of('counted'));
    const other = new pg.Client(database.url);
    await other.connect();
    try {
      await other.query('begin; lock table rolewave.ledger in access exclusive mode');
      expect(await store.ledgerMark(of('counted'))).toBe(mark);
      await other.query('rollback; set enable_seqscan = off');
      const plan = await other.query('explain select from rolewave.appends where parts && array(select id from rolewave.parts where plan = $1)', ['ledger']);
      expect(JSON.stringify(plan.rows)).toContain('appends_by_part');
    } finally {
      await other.end();
    }
  });

  test('the mark of a ledger changes with each fact of the release and each answer about its transactions, and with nothing else', async () => {
    const marks = new Set<string>();
    const isNew = async () => {
      const mark = await store.ledgerMark(of('marked'));
      const before = marks.size;
      expect(await store.ledgerMark(of('marked'))).toBe(mark);
      return marks.add(mark).size > before;
    };
    expect(await isNew()).toBe(true);
    await store.append([next(fresh('marked', 'ann'), 'release', granted('ann', '7001')), next(fresh('marked', 'ben'), 'release', granted('ben', '7001'))]);
    expect(await isNew()).toBe(true);
    await store.append([next(fresh('another', 'ann'), 'release', granted('ann', '7002'))]);
    await store.settle('another', '7002', true);
    expect(await isNew()).toBe(false);
    await store.settle('marked', '7001', true);
    expect(await isNew()).toBe(true);
    await store.settle('marked', '7001', true);
    expect(await isNew()).toBe(false);
  });

  test('an effect is pending until its transaction is known to be committed, and never happened when it was not', async () => {
    await store.append([next(fresh('pending', 'ann'), 'release', granted('ann', '7')), next(fresh('pending', 'ben'), 'release', granted('ben', '8'))]);
    const outcomes = async () => (await store.ledger(of('pending'))).map(({ outcome, made, pending }) => [outcome, made.length, pending.length]);
    expect(await outcomes()).toEqual([
      ['pending', 0, 1],
      ['pending', 0, 1],
    ]);
    await store.settle('pending', '7', true);
    await store.settle('pending', '8', false);
    // The first answer counts.
    await store.settle('pending', '7', false);
    expect(await outcomes()).toEqual([
      ['created', 1, 0],
      ['pending', 0, 0],
    ]);
  });

  test('transactions of one place say nothing about those of another', async () => {
    await store.append([next(fresh('here', 'ann'), 'release', granted('ann', '7'))]);
    await store.settle('there', '7', true);
    expect(await store.ledger(of('here'))).toMatchObject([{ outcome: 'pending' }]);
  });

  test('a NUL in the words of a system does no harm', async () => {
    await store.append([next(fresh('nul'), 'release', { did: 'refused', effect: 'grant', why: 'no \0 way' })]);
    expect(await store.ledger(of('nul'))).toMatchObject([{ outcome: 'failed', why: 'no \0 way' }]);
  });

  test('nobody changes or removes a fact, not even by SQL', async () => {
    await store.append([next(fresh('kept'), 'release', granted())]);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const sql of [
      "update rolewave.ledger set person = 'x'",
      'delete from rolewave.ledger',
      'truncate rolewave.ledger',
      'delete from rolewave.transactions',
    ])
      await expect(client.query(sql)).rejects.toThrow('append-only');
    await client.end();
  });
});

test('of other releases, entries on a role are read for the accounts asked for: under their names, or whose grants have their ids (R1)', async () => {
  const place = 'on a role';
  const held = (account: string, accountId?: string) => ({ ...grant('clerk', account, us), roleId: '10', ...(accountId === undefined ? {} : { accountId }) });
  const of = (id: string, account: string, fact: Fact, role = 'clerk') =>
    next(entry({ plan: 'on a role', wave: 'w', package: id, place, role, account }), 'release', fact);
  await store.append([
    of('named', 'ann', { did: 'refused', effect: 'grant', why: 'no' }),
    of('renamed', 'anna', { did: 'granted', grants: [held('anna', '20')] }),
    of('found', 'annika', { did: 'found', grants: [held('annika', '20')] }),
    of('by id', 'a', { did: 'granted', grants: [{ ...held('a'), id: 'the grant' }] }),
    of('another', 'ben', { did: 'granted', grants: [held('ben', '21')] }),
    of('another role', 'ann', { did: 'granted', grants: [{ ...held('ann', '20'), roleId: '11' }] }, 'reader'),
    of('under its old name', 'ann', { did: 'granted', grants: [held('ann', '20')] }, 'clerk_then'),
    of('retired under its old name', 'ann', { did: 'restored', grants: [], as: [held('ann', '20')], notes: [] }, 'clerk_then'),
    of('without ids', 'ann', { did: 'granted', grants: [grant('clerk_then', 'ann', us)] }, 'clerk_then'),
    ...Array.from({ length: 2_000 }, (_, at) => of('theirs', `other-${at}`, { did: 'granted', grants: [held(`other-${at}`, `1${at}`)] })),
  ]);
  const grants = [{ role: 'clerk', account: 'ann', roleId: '10', accountId: '20', id: 'the grant' }];
  const found = await store.ledgerOn({ place, grants });
  expect(found.map((one) => `${one.package}: ${one.account}`).sort()).toEqual([
    'by id: a',
    'found: annika',
    'named: ann',
    'renamed: anna',
    'retired under its old name: ann',
    'under its old name: ann',
  ]);
  expect(await store.ledgerOn({ place, grants: [] })).toEqual([]);
});

describe('claims', () => {
  const at = (place: string) => ({ place, system: 'erp' });
  const pair = (account: string) => ({ role: 'clerk', account });

  test('are counted once each, and dropped pair by pair', async () => {
    const [one, two] = [of('w', 'one'), of('w', 'two')];
    await store.claim(one, at('claims'), [pair('ann'), pair('ann'), pair('ben')]);
    await store.claim(one, at('claims'), [pair('ann')]);
    await store.claim(two, at('claims'), [pair('ann')]);
    const claims = async () => (await claimsIn(store, 'claims', ['clerk'])).map((claim) => `${claim.package} ${claim.account}`);
    expect(await claims()).toEqual(['one ann', 'two ann', 'one ben']);
    await store.leave(one, at('claims'), { grants: [pair('ann')] }, () => []);
    expect(await claims()).toEqual(['two ann', 'one ben']);
    expect(await claimsIn(store, 'elsewhere', ['clerk'])).toEqual([]);
  });

  test('of a role are answered for the accounts asked for, by name or by id; thousands of others on the same role are not among them', async () => {
    const place = 'many';
    const many = Array.from({ length: 2_000 }, (_, at) => ({ role: 'clerk', account: `other-${at}`, roleId: '10', accountId: `1${at}` }));
    await store.claim(of('many', 'theirs'), at(place), [...many, { role: 'clerk', account: 'anna', roleId: '10', accountId: '20' }]);
    await store.claim(of('many', 'old name'), at(place), [{ role: 'clerk_2', account: 'ann_2', roleId: '10', accountId: '20' }]);
    await store.claim(of('many', 'no ids'), at(place), [pair('ann'), pair('ben')]);
    await store.claim(of('many', 'elsewhere'), at('many, elsewhere'), [pair('ann')]);
    const grants = [{ role: 'clerk', account: 'ann', roleId: '10', accountId: '20' }];
    const found = await store.claimsOn({ place, grants });
    expect(found.map((claim) => `${claim.package}: ${claim.role} ${claim.account}`)).toEqual([
      'no ids: clerk ann',
      'theirs: clerk anna',
      'old name: clerk_2 ann_2',
    ]);
    expect(await store.claimedByOthers({ place, grants, release: of('many', 'no ids') })).toEqual([
      { role: 'clerk', account: 'anna', accountId: '20' },
      { role: 'clerk_2', account: 'ann_2', accountId: '20' },
    ]);
    expect(await store.claimsOn({ place, grants: [] })).toEqual([]);
  });

  test('of a privilege are those in its own database: one of the same name in another database of the server is another privilege', async () => {
    const place = 'two databases';
    const role = 'table:erp.invoices:select';
    const claim = (id: string, roleId?: string) => store.claim(of('databases', id), at(place), [{ role, account: 'ann', ...(roleId ? { roleId } : {}) }]);
    await claim('here', 'table:5/10:select');
    await claim('created again', 'table:5/11:select');
    await claim('there', 'table:6/10:select');
    await claim('no id');
    const found = async (roleId?: string) =>
      (await store.claimsOn({ place, grants: [{ role, account: 'ann', ...(roleId ? { roleId } : {}) }] })).map((one) => one.package).sort();
    expect(await found('table:5/10:select')).toEqual(['created again', 'here', 'no id']);
    expect(await found('table:6/10:select')).toEqual(['no id', 'there']);
    expect(await found()).toEqual(['created again', 'here', 'no id', 'there']);
    // Asked together with a table of the same database: a schema whose id nobody has recorded is found all the same.
    await store.claim(of('databases', 'schema'), at(place), [{ role: 'schema:erp:usage', account: 'ann', roleId: 'schema:5/7:usage' }]);
    const together = [
      { role, account: 'ann', roleId: 'table:5/10:select' },
      { role: 'schema:erp:usage', account: 'ann' },
    ];
    expect((await store.claimsOn({ place, grants: together })).map((one) => one.package)).toContain('schema');
  });

  test('that many releases have on one grant are one grant to those who ask what others claim', async () => {
    for (const one of ['a', 'b', 'c']) await store.claim(of('each once', one), at('each once'), [pair('ann'), pair('ben')]);
    const asked = { place: 'each once', grants: [pair('ann'), pair('cem')] };
    expect(await store.claimedByOthers({ ...asked, release: of('each once', 'a') })).toEqual([pair('ann')]);
    expect(await store.claimsOn(asked)).toHaveLength(3);
  });

  test('of others than the people whose grants a release made are not read when it leaves', async () => {
    const [one, two] = [of('leaving', 'one'), of('leaving', 'two')];
    const place = 'leaving';
    await store.claim(one, at(place), [pair('ann'), pair('ben')]);
    await store.claim(two, at(place), ['ann', 'ben', ...Array.from({ length: 2_000 }, (_, n) => `other-${n}`)].map(pair));
    await store.append([
      next(entry({ ...one, place }), 'release', granted()),
      next(entry({ ...one, place, account: 'ben' }), 'release', { did: 'found', grants: [grant('clerk', 'ben', us)] }),
      next(entry({ ...two, place }), 'release', { did: 'found', grants: [grant('clerk', 'ann', us)] }),
      next(entry({ ...two, place, account: 'other-1' }), 'release', { did: 'granted', grants: [grant('clerk', 'other-1', us)] }),
    ]);
    let read: unknown;
    await store.leave(one, at(place), { grants: 'all' }, ({ claims, others }) => {
      read = { claims: claims.map(({ account }) => account), others: others.map(({ account }) => account) };
      return [];
    });
    expect(read).toEqual({ claims: ['ann'], others: ['ann'] });
  });

  test('of a release that leaves as a whole are all dropped, and what it made goes to another release that claims it, by id too (R1)', async () => {
    const [one, two] = [of('whole', 'one'), of('whole', 'two')];
    const place = 'whole';
    const held = { ...grant('clerk', 'ann', us), roleId: '10', accountId: '20' };
    await store.claim(one, at(place), [pair('ann'), { role: 'reader', account: 'ben' }]);
    await store.claim(two, at(place), [{ role: 'clerk_2', account: 'ann_2', roleId: '10', accountId: '20' }]);
    await store.append([
      next(entry({ ...one, place }), 'release', { did: 'granted', grants: [held] }),
      next(entry({ ...two, place, role: 'clerk_2', account: 'ann_2' }), 'release', { did: 'found', grants: [held] }),
    ]);
    const left = await store.leave(one, at(place), { grants: 'all' }, (now) => handOver(one, now, actual([held]), 'rollback'));
    expect(left).toMatchObject([{ outcome: 'kept', made: [] }]);
    expect((await claimsIn(store, place, ['clerk', 'clerk_2', 'reader'], ['ann', 'ann_2', 'ben'])).map((claim) => claim.package)).toEqual(['two']);
    expect(await store.ledger(two)).toMatchObject([{ outcome: 'created', made: [{ id: held.id }] }]);
  });

  test('of another package stop the record of a revoke; those of an own earlier release only where they are asked for', async () => {
    const made = fresh('guard');
    await store.append([next(made, 'release', granted())]);
    const revoked = next({ ...made, facts: 1 }, 'rollback', { did: 'revoked', grants: [grant('clerk', 'ann', us)] });
    await store.claim(of('earlier'), at('guard'), [pair('ann')]);
    await expect(store.append([revoked], { release: of('guard'), system: at('guard').system, unlessClaimedBy: 'release' })).rejects.toMatchObject({
      name: 'LedgerMoved',
    });
    await store.claim(of('guard', 'buyers'), at('guard'), [pair('ann')]);
    await expect(store.append([revoked], { release: of('guard'), system: at('guard').system, unlessClaimedBy: 'package' })).rejects.toThrow(
      "'buyers' needs 'clerk' of 'ann'",
    );
    await store.leave(of('guard', 'buyers'), at('guard'), { grants: [pair('ann')] }, () => []);
    await store.append([revoked], { release: of('guard'), system: at('guard').system, unlessClaimedBy: 'package' });
    expect(await store.ledger(of('guard'))).toMatchObject([{ outcome: 'revoked', made: [] }]);
  });

  test('who leaves knows what was handed on to it after it read the ledger, and answers for that too (R1)', async () => {
    const [one, two] = [of('known', 'one'), of('known', 'two')];
    const place = 'known';
    for (const release of [one, two]) await store.claim(release, at(place), [pair('ann')]);
    await store.append([
      next(entry({ ...one, place }), 'release', granted()),
      next(entry({ ...two, place }), 'release', { did: 'found', grants: [grant('clerk', 'ann', us)] }),
    ]);
    const known = await store.ledger(two);
    const held = actual([grant('clerk', 'ann', us)]);
    const leave = (release: ReleaseKey, was: LedgerEntry[]) =>
      store.leave(release, at(place), { grants: [pair('ann')], known: was }, (left) => handOver(release, left, held, 'rollback'));
    expect(await leave(one, await store.ledger(one))).toMatchObject([{ outcome: 'kept', made: [], facts: 2 }]);
    const left = await leave(two, known);
    expect(left).toMatchObject([{ outcome: 'created', made: [grant('clerk', 'ann', us)], facts: 2 }]);
    expect(left).toEqual(await store.ledger(two));
  });

  test('two that leave at the same time: one hands its grant on, and the last one out is left with it (R1)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const place = `leave-${round}`;
      const releases: ReleaseKey[] = [of(place, 'one'), of(place, 'two')];
      for (const release of releases) await store.claim(release, at(place), [pair('ann')]);
      await store.append([
        next(entry({ ...of(place, 'one'), place }), 'release', granted()),
        next(entry({ ...of(place, 'two'), place }), 'release', { did: 'found', grants: [grant('clerk', 'ann', us)] }),
      ]);
      await Promise.all(
        releases.map((release) =>
          store.leave(release, at(place), { grants: [pair('ann')] }, (left) => handOver(release, left, actual([grant('clerk', 'ann', us)]), 'rollback')),
        ),
      );
      const all = await store.ledgerOn({ place, grants: [pair('ann')] });
      expect(all.filter(({ made }) => made.length > 0)).toHaveLength(1);
      expect(await claimsIn(store, place, ['clerk'])).toEqual([]);
    }
  });
});
