import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordBatch } from '../domain/records.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { notice } from '../test/support/notices.ts';
import { withinTestTime } from '../test/support/property-time.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('sends');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const hourMs = 3_600_000;

test('in whatever order they ask, in no hour do a plan or the plans of a right send more than they may, none waits without need, and an instant once given stands', async () => {
  let run = 0;
  const asked = fc.array(fc.record({ plan: fc.constantFrom('a', 'b', 'c'), hour: fc.integer({ min: 0, max: 2 }) }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      asked,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom('one by one', 'at once', 'together'),
      async (all, perPlan, perRight, how) => {
        run += 1;
        const rights: Record<string, string> = { a: `x${run}`, b: `x${run}`, c: `y${run}` };
        const messages = all
          .toSorted((one, other) => one.hour - other.hour)
          .map(({ plan, hour }, index) => ({ id: `${plan}${run}/w#${index}`, plan: `${plan}${run}`, right: rights[plan]!, nowMs: (hour + 0.5) * hourMs }));
        await store.record(recordBatch({ notices: messages.map(({ id, plan }) => notice({ id, plan })) }));
        const atOnce = how === 'at once';
        const wanted = messages.map(({ id, plan, right, nowMs }) => ({
          message: { notice: id, channel: 'smtp', recipient: 'olga' },
          line: 'smtp',
          share: { plan, right },
          most: { perPlan, perRight, perMailbox: 1 },
          nowMs,
        }));
        const place = (_: unknown, index: number) => store.placeToSend(wanted[index]!.message, wanted[index]!);
        const due: number[] = [];
        if (how === 'together') due.push(...(await store.placesToSend(wanted)));
        else if (atOnce) due.push(...(await Promise.all(messages.map(place))));
        else for (const index of messages.keys()) due.push(await place(undefined, index));

        const sent = messages.map((message, at) => ({ ...message, hour: Math.floor(due[at]! / hourMs), waits: due[at]! > message.nowMs }));
        const count = (of: 'plan' | 'right', value: string, hour: number) => sent.filter((each) => each[of] === value && each.hour === hour).length;
        for (const { plan, right, hour, nowMs, waits } of sent) {
          expect(count('plan', plan, hour)).toBeLessThanOrEqual(perPlan);
          expect(count('right', right, hour)).toBeLessThanOrEqual(perRight);
          // Every hour before it is full.
          if (waits && !atOnce)
            for (let full = Math.floor(nowMs / hourMs); full < hour; full += 1)
              expect(count('plan', plan, full) === perPlan || count('right', right, full) === perRight).toBe(true);
        }
        expect(await Promise.all(messages.map(place))).toEqual(due);
      },
    ),
    { numRuns: 40, ...withinTestTime },
  );
}, 60_000);

test('one mailbox gets so many in an hour from all plans under a right; other mailboxes, other rights and urgent ones do not wait for it', async () => {
  const nowMs = 7_000 * hourMs + 1;
  let made = 0;
  const waits = async (plan: string, right: string, mailbox: string, line = 'smtp usual') => {
    const id = `${plan}/w#mailbox-${(made += 1)}`;
    await store.record(recordBatch({ notices: [notice({ id, plan })] }));
    const most = { perPlan: 100, perRight: 100, perMailbox: 2 };
    const dueMs = await store.placeToSend({ notice: id, channel: 'smtp', recipient: 'olga' }, { line, share: { plan, right }, mailbox, most, nowMs });
    return Math.floor(dueMs / hourMs) - 7_000;
  };
  const mail = [
    await waits('one', 'team', 'olga@example.com'),
    await waits('two', 'team', 'olga@example.com'),
    await waits('one', 'team', 'olga@example.com'),
    await waits('two', 'team', 'olga@example.com'),
    await waits('two', 'team', 'olga@example.com'),
  ];
  expect(mail).toEqual([0, 0, 1, 1, 2]);
  expect(await waits('one', 'team', 'otto@example.com')).toBe(0);
  expect(await waits('three', 'others', 'olga@example.com')).toBe(0);
  expect(await waits('one', 'team', 'olga@example.com', 'smtp urgent')).toBe(0);
});
