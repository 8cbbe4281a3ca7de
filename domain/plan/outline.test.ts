import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { loadPlan } from './load.ts';
import { outlineForm, outlineOf } from './outline.ts';

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each instanceof Map || each instanceof Set || each instanceof Uint32Array ? [...each] : each)));

/** Where only the example has changed, the digest alone is new. Otherwise endpoints would take what they kept before for what they would make now. */
test('an outline that says something else has another form', () => {
  const loaded = loadPlan(readFileSync(new URL('../../examples/role-packages.yaml', import.meta.url), 'utf8'), 'role-packages.yaml', { nowMs: 0 });
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'));
  expect({ form: outlineForm, digest: sha256Hex(plain(outlineOf(loaded.plan))) }).toEqual({
    form: 1,
    digest: '32afbff9c70381c413d910695648ca4580f398c46a122612e9e70cb540b14085',
  });
});
