import { expect, test } from 'vitest';
import type { StoredMessage } from '../../../store/contract.ts';
import { message, newKey } from '../../../test/support/keys.ts';
import { reviseId } from './revise-id.ts';

const target = { plan: 'test', wave: 'wave-1' };
const key = newKey();

/** Tells the wave sections, one after the other, and answers the ids under which it is told them. `seal`: who seals what is on record. */
async function told(sections: [by: string, section: string][], seal = key.seal): Promise<string[]> {
  const recorded: StoredMessage[] = [];
  const services = { store: { newestMessage: async () => recorded.at(-1) }, sealer: { trustedKeys: [key.trusted] } } as never;
  const ids: string[] = [];
  for (const [by, section] of sections) {
    const sectionDigest = section.repeat(64);
    const id = await reviseId(services, { target, by, revision: 1, sectionDigest });
    ids.push(id);
    const jws = seal(message('revise', by, target, { revision: 1, sectionDigest }, { id }));
    if (recorded.at(-1)?.id !== id) recorded.push({ ...target, id, type: 'revise', by, jws, acceptedAtMs: Date.now() });
  }
  return ids;
}

test('the same section from the same person is the same message as long as it is the last, and another one where something came between', async () => {
  const [first, again, other, back, backAgain, third] = await told([
    ['ines', 'a'],
    ['ines', 'a'],
    ['ines', 'b'],
    ['ines', 'a'],
    ['ines', 'a'],
    ['ines', 'b'],
  ]);
  expect([again, backAgain]).toEqual([first, back]);
  expect(new Set([first, other, back, third]).size).toBe(4);
});

test('what somebody wrote into the store without a seal changes no id', async () => {
  const [first, , back] = await told(
    [
      ['ines', 'a'],
      ['ines', 'b'],
      ['ines', 'a'],
    ],
    newKey().seal,
  );
  expect(back).toBe(first);
});
