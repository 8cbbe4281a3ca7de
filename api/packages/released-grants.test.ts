import { expect, test, vi } from 'vitest';
import { newEntry } from '../../domain/release/facts.ts';
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import { openReleasedGrants } from './released-grants.ts';

const of = (id: string) => ({ plan: 'erp', wave: 'july', package: id });
const entry = (id: string, person: string, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...newEntry(of(id), { system: 'erp', kind: 'grant', role: 'clerk', account: person, person, place: 'erp' }),
  ...change,
});

function ledgers(entries: Record<string, LedgerEntry[]>) {
  const marks: Record<string, number> = {};
  const ledger = vi.fn<(at: { package: string }) => Promise<LedgerEntry[]>>(async ({ package: id }) => entries[id] ?? []);
  const store = { ledger, ledgerMark: async ({ package: id }: { package: string }) => String(marks[id] ?? 0) };
  return { ...openReleasedGrants(store), read: ledger, moves: (id: string) => (marks[id] = (marks[id] ?? 0) + 1), entries };
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
  const large = Array.from({ length: 100_001 }, (_, at) => entry('large', `p${at}`));
  const grants = ledgers({ clerk: [entry('clerk', 'ann')], large });
  await grants.of(of('clerk'));
  for (let page = 0; page < 2; page += 1) expect(await grants.of(of('large'))).toHaveLength(100_001);
  await grants.of(of('clerk'));
  expect(grants.read).toHaveBeenCalledTimes(3);
});
