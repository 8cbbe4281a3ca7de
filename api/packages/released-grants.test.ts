import { expect, test, vi } from 'vitest';
import type { Done } from '../../domain/release/done.ts';
import { newEntry } from '../../domain/release/facts.ts';
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import { inSlices } from '../../domain/slices.ts';
import { openReleasedGrants } from './released-grants.ts';

const of = (id: string) => ({ plan: 'erp', wave: 'july', package: id });
const entry = (id: string, person: string, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...newEntry(of(id), { system: 'erp', kind: 'grant', role: 'clerk', account: person, person, place: 'erp' }),
  ...change,
});

function ledgers(entries: Record<string, LedgerEntry[]>, rowsKept?: number) {
  const marks: Record<string, number> = {};
  const read = vi.fn<(at: { package: string }) => Promise<LedgerEntry[]>>(async ({ package: id }) => entries[id] ?? []);
  const store: Parameters<typeof openReleasedGrants>[0] = {
    eachOfLedger: async (at, visit) => {
      const all = await read(at);
      for (const slice of inSlices(all)) await visit([...slice]);
    },
    ledgerMark: async ({ package: id }) => String(marks[id] ?? 0),
  };
  return { ...openReleasedGrants(store, rowsKept), read, moves: (id: string) => (marks[id] = (marks[id] ?? 0) + 1), entries };
}

test('rows are in the order of the people, with the grantor and the reason where there is one', async () => {
  const grants = ledgers({
    clerk: [
      entry('clerk', 'ben', { outcome: 'failed', why: 'permission denied' }),
      entry('clerk', 'ann', { outcome: 'created', made: [{ role: 'clerk', account: 'ann', grantor: 'rolewave', options: {} }] }),
    ],
  });
  expect(await grants.of(of('clerk'))).toMatchObject([
    { person: 'ann', outcome: 'created', grantor: 'rolewave' },
    { person: 'ben', outcome: 'failed', why: 'permission denied' },
  ]);
});

test('the ledger is read once, until it has something more of that release', async () => {
  const grants = ledgers({ clerk: [entry('clerk', 'ann')], buyer: [entry('buyer', 'ben')] });
  for (let page = 0; page < 3; page += 1) await grants.of(of('clerk'));
  await grants.of(of('buyer'));
  expect(grants.read).toHaveBeenCalledTimes(2);
  grants.entries['clerk'] = [entry('clerk', 'ann', { outcome: 'created' })];
  grants.moves('clerk');
  expect(await grants.of(of('clerk'))).toMatchObject([{ outcome: 'created' }]);
  await grants.of(of('buyer'));
  expect(grants.read).toHaveBeenCalledTimes(3);
});

test('what is recorded while the ledger is read is shown the next time', async () => {
  const grants = ledgers({ clerk: [entry('clerk', 'ann')] });
  grants.read.mockImplementationOnce(async () => {
    grants.moves('clerk');
    return [entry('clerk', 'ann')];
  });
  await grants.of(of('clerk'));
  grants.entries['clerk'] = [entry('clerk', 'ann', { outcome: 'created' })];
  expect(await grants.of(of('clerk'))).toMatchObject([{ outcome: 'created' }]);
});

test('releases that are too large to be kept are read each time, and the others stay', async () => {
  const large = Array.from({ length: 1_001 }, (_, at) => entry('large', `p${at}`));
  const grants = ledgers({ clerk: [entry('clerk', 'ann')], large }, 1_000);
  await grants.of(of('clerk'));
  for (let page = 0; page < 2; page += 1) expect(await grants.of(of('large'))).toHaveLength(1_001);
  await grants.of(of('clerk'));
  expect(grants.read).toHaveBeenCalledTimes(3);
});

test('those who ask at the same time have one answer, and the ledger is read once for rows, counts and what is made of it', async () => {
  const grants = ledgers({ clerk: [entry('clerk', 'ann', { outcome: 'created', granted: true }), entry('clerk', 'ben', { outcome: 'failed' })] });
  const make = vi.fn<(done: readonly Done[]) => Promise<{ value: { did: string[] }; size: number }>>(async (done) => ({
    value: { did: done.map(({ did }) => did) },
    size: done.length,
  }));
  const ask = () => Promise.all([grants.of(of('clerk')), grants.counts(of('clerk')), grants.madeOf(of('clerk'), { what: 'numbers' }, make)]);
  const [[rows, counts, numbers], again] = await Promise.all([ask(), ask()]);
  expect(rows).toHaveLength(2);
  expect(counts).toEqual({ grant: { created: 1, failed: 1 } });
  expect(numbers).toEqual({ did: ['created', 'failed'] });
  expect(again[2]).toBe(numbers);
  await ask();
  expect([grants.read.mock.calls.length, make.mock.calls.length]).toEqual([1, 1]);
});

test('what depends on something else, or changes with the time, is made again', async () => {
  const grants = ledgers({ clerk: [entry('clerk', 'ann')] });
  const make = vi.fn<() => Promise<{ value: object; size: number }>>(async () => ({ value: {}, size: 1 }));
  for (const preview of ['one', 'one', 'two']) await grants.madeOf(of('clerk'), { what: 'numbers', of: preview }, make);
  expect(make).toHaveBeenCalledTimes(2);
  for (let time = 0; time < 2; time += 1) await grants.madeOf(of('clerk'), { what: 'now' }, async () => ({ ...(await make()), isBrief: true }));
  expect(make).toHaveBeenCalledTimes(4);
});

test('hundreds of thousands of entries are put in order with others in between', async () => {
  const large = Array.from({ length: 20_000 }, (_, at) => entry('large', `p${at}`));
  const grants = ledgers({ large });
  let turns = 0;
  const count = () => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  await grants.of(of('large'));
  clearImmediate(timer);
  expect(turns).toBeGreaterThanOrEqual(60);
});
