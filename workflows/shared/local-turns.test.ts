import { expect, test } from 'vitest';
import { LocalTurns } from './local-turns.ts';

test('each begins when the one before has ended, also when that failed, and answers with its own result', async () => {
  const turns = new LocalTurns();
  const seen: string[] = [];
  const act = (name: string, ends: Promise<unknown>) => async () => {
    seen.push(`${name} begins`);
    await ends;
    seen.push(`${name} ends`);
    return name;
  };
  const first = Promise.withResolvers<void>();
  const results = Promise.allSettled([
    turns.take(act('keys', first.promise)),
    turns.take(act('record', Promise.reject(new Error('store down')))),
    turns.take(act('marker', Promise.resolve())),
  ]);
  await Promise.resolve();
  expect(seen).toEqual(['keys begins']);
  first.resolve();
  expect(await results).toMatchObject([{ value: 'keys' }, { reason: { message: 'store down' } }, { value: 'marker' }]);
  expect(seen).toEqual(['keys begins', 'keys ends', 'record begins', 'marker begins', 'marker ends']);
});
