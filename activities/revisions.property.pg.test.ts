import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { withinTestTime } from '../test/support/property-time.ts';
import { by, rolledBack, Story, type Definition } from '../test/support/release-story.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('revisions_property');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('any release, any change of it, with other administrators at work', () => {
  const everyRole = ['clerk', 'reader', 'writer', 'old'];
  const everybody = ['ann', 'ben', 'cem', 'dea'];
  const anyDefinition = fc
    .tuple(fc.shuffledSubarray(everyRole, { minLength: 2 }), fc.integer({ min: 1, max: 2 }), fc.subarray(everybody, { minLength: 1 }))
    .map(([roles, granted, cohort]): Definition => ({ roles: roles.slice(0, granted), legacy: roles.slice(granted), cohort }));
  const anyPairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...everyRole), fc.constantFrom(...everybody)), { maxLength: 4, selector: (pair) => pair.join(' ') });
  const words = (pairs: [string, string][]) => pairs.map((pair) => pair.join(' '));

  test('released, changed and rolled back: we hold exactly what we held before the change, and what others granted and need is unchanged (R1)', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyDefinition,
        anyDefinition,
        fc.constantFrom('revise' as const, 'retire' as const),
        fc.record({ first: anyPairs, between: anyPairs, lost: anyPairs, during: anyPairs, needed: anyPairs }),
        async (a, b, change, others) => {
          const story = new Story(store, by('dba', ...others.first));
          const first = await story.released('wave-1', 'release', a);
          for (const [role, account] of others.between) story.system.grantAs('kim', role, account);
          for (const [role, account] of others.lost) await story.lose(role, account);
          await story.claim({ plan: story.plan, wave: 'wave-1', package: 'auditors' }, ...others.needed);
          const [ours, all] = [story.held('rolewave'), story.held()];
          const claimed = new Set([...words(others.needed), ...a.roles.flatMap((role) => a.cohort.map((account) => `${role} ${account}`))]);

          const later = await story.released('wave-2', change, b);
          const kept = all.filter((line) => words(others.needed).some((pair) => line.startsWith(`${pair} `)));
          expect(story.held()).toEqual(expect.arrayContaining(kept));
          const outOfBandLost = all.filter((line) => !line.endsWith('rolewave') && !story.held().includes(line));
          const [oldRoles, members] = [change === 'retire' ? [] : b.legacy!, b.cohort];
          expect(outOfBandLost.filter((line) => !oldRoles.includes(line.split(' ')[0]!) || !members.includes(line.split(' ')[1]!))).toEqual([]);

          for (const [role, account] of others.during) story.system.grantAs('eve', role, account);
          expect((await rolledBack(later)).failed).toEqual([]);
          const after = story.held('rolewave');
          const legacyAgain = (pair: string) =>
            words(others.during).includes(pair) && oldRoles.includes(pair.split(' ')[0]!) && members.includes(pair.split(' ')[1]!);
          // Legacy access that someone has granted again is not restored in addition.
          expect(ours.filter((pair) => !after.includes(pair) && !legacyAgain(pair))).toEqual([]);
          expect(after.filter((pair) => !ours.includes(pair) && !claimed.has(pair))).toEqual([]);
          const outOfBand = (lines: string[]) => lines.filter((line) => !line.endsWith('rolewave') && !line.endsWith('eve'));
          expect(outOfBand(all).filter((line) => !story.held().includes(line) && !legacyAgain(line.split(' ').slice(0, 2).join(' ')))).toEqual([]);
          expect(outOfBand(story.held()).filter((line) => !all.includes(line))).toEqual([]);

          expect((await rolledBack(first)).failed).toEqual([]);
          expect(story.held('rolewave').filter((pair) => !words(others.needed).includes(pair))).toEqual([]);
        },
      ),
      { numRuns: 60, ...withinTestTime },
    );
  });
});
