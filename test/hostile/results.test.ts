import { expect, test } from 'vitest';
import { pageWith } from './results.ts';

const result = {
  peer: 'OpenLDAP',
  seed: 7,
  scenarios: 240,
  failed: false,
  counts: new Map([['grants', 12]]),
  begunMs: Date.parse('2026-11-26T21:00:00Z'),
  endedMs: Date.parse('2026-11-26T21:09:00Z'),
};
const rows = (page: string) =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);

test('a run takes the place of the last one on the same peer, and leaves those of others', () => {
  const both = pageWith(pageWith('', result), { ...result, peer: 'PostgreSQL 18' });
  expect(rows(both)).toEqual([
    '| OpenLDAP | 2026-11-26 | 240 | 0 violations | 9 | 7 | 12 grants |',
    '| PostgreSQL 18 | 2026-11-26 | 240 | 0 violations | 9 | 7 | 12 grants |',
  ]);
  const again = pageWith(both, { ...result, seed: 8, scenarios: 5, failed: true });
  expect(rows(again)[0]).toBe('| OpenLDAP | 2026-11-26 | 5 | **failed** in scenario 4 | 9 | 8 | 12 grants |');
  expect(rows(again)).toHaveLength(2);
});

test('what a system gives nobody the means to promise is told with how often it was found, in a table below', () => {
  const notHeld = { says: /x/, guarantee: 'Nobody is granted it twice.', why: 'It compares nothing.' };
  const first = pageWith(pageWith('', result), { ...result, peer: 'scimmy-routers', unheld: new Map([[notHeld, 3]]) });
  const second = pageWith(first, { ...result, peer: 'scimmy-routers', unheld: new Map([[notHeld, 0]]) });
  expect(rows(pageWith(second, result)).slice(1)).toEqual([
    '| scimmy-routers | 2026-11-26 | 240 | 0 violations | 9 | 7 | 12 grants |',
    '| peer | what is not held | why | found in the last long run |',
    '| --- | --- | --- | --- |',
    '| scimmy-routers | Nobody is granted it twice. | It compares nothing. | never |',
  ]);
  expect(rows(first).at(-1)).toContain('| 3 times |');
});

test('a run that was resumed adds to the line of what it was resumed from, and to no other', () => {
  const notHeld = { says: /x/, guarantee: 'Nobody is granted it twice.', why: 'It compares nothing.' };
  const first = pageWith('', { ...result, scenarios: 30, unheld: new Map([[notHeld, 1]]) });
  const more = { ...result, scenarios: 50, from: 30, counts: new Map([['grants', 5]]), unheld: new Map([[notHeld, 2]]) };
  const both = rows(pageWith(first, more));
  expect(both[0]).toBe('| OpenLDAP | 2026-11-26 | 50 | 0 violations | 18 | 7 | 17 grants |');
  expect(both.at(-1)).toContain('| 3 times |');
  for (const other of [{ seed: 8 }, { from: 29 }, { peer: 'Keycloak' }]) expect(() => pageWith(first, { ...more, ...other })).toThrow('cannot be added to it');
  expect(() => pageWith(pageWith('', { ...result, scenarios: 30, failed: true }), more)).toThrow('cannot be added to it');
});
