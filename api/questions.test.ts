import { expect, test } from 'vitest';
import { createQuestions, mostQuestions } from './questions.ts';

test('those who ask under one right wait for so many answers together, and nobody of another right waits for them', async () => {
  const { ask } = createQuestions();
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const asking = Array.from({ length: mostQuestions.ofOneRight }, (_, at) => ask({ person: `person-${at}`, right: 'theirs*' }, () => answered));
  let drafts = 0;
  const draft = async () => (drafts += 1);
  await expect(ask({ person: 'one-more', right: 'theirs*' }, draft)).rejects.toMatchObject({
    code: 'too-many-requests',
    message: expect.stringContaining("under 'theirs*' wait for 8 simulations"),
  });
  expect(drafts).toBe(0);
  expect(await ask({ person: 'olga', right: 'mine' }, draft)).toBe(1);
  answer('here');
  await Promise.all(asking);
  expect(await ask({ person: 'one-more', right: 'theirs*' }, draft)).toBe(2);
});

test('one person waits for two answers at a time, and a failure is one', async () => {
  const { ask } = createQuestions();
  const asker = { person: 'ines', right: 'theirs*' };
  const { promise, reject } = Promise.withResolvers<never>();
  const asking = [ask(asker, () => promise), ask(asker, () => promise)];
  await expect(ask(asker, async () => 1)).rejects.toMatchObject({ code: 'too-many-requests', message: expect.stringContaining("'ines' waits for 2") });
  reject(new Error('no worker'));
  await Promise.allSettled(asking);
  expect(await ask(asker, async () => 1)).toBe(1);
});
