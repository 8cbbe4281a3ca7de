import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { outlineForm, outlineOf } from '../domain/plan/outline.ts';
import { plan } from '../test/support/plan.ts';
import type { KeptOutline, RevisionHead } from './contract.ts';
import { keptOutlines } from './kept-outlines.ts';

const secret = new Uint8Array(32);
const head: RevisionHead = { plan: 'p', number: 3, digest: 'd', appliedBy: 'ines', appliedAtMs: 0, record: { changedBy: {}, consentedBy: [] }, seal: 's' };
const outlined = { outline: outlineOf(plan({ plan: 'p' })), document: 'd', record: 'r' };
const coded = (outline: Buffer): KeptOutline => ({
  outline,
  mac: createHmac('sha256', secret)
    .update(JSON.stringify([outlineForm, 'p', 3, 's']))
    .update('\0')
    .update(outline)
    .digest(),
});

test('an outline is read as it was kept, and keeps nothing but itself', async () => {
  const rows: KeptOutline[] = [];
  const kept = keptOutlines({ keepOutline: async (row) => void rows.push(row) }, secret);
  await kept.keep(head, outlined);
  const read = await kept.read(head, rows[0]);
  expect(read).toEqual(outlined);
  for (const { cohort } of read!.outline.facts.packages.values()) expect(cohort.buffer.byteLength).toBe(cohort.byteLength);
});

test.each([
  ['written by a later version of Node', () => ((bytes) => (bytes.writeUInt8(bytes.readUInt8(1) + 1, 1), gzipSync(bytes)))(serialize(outlined))],
  ['that is no archive', () => Buffer.from('outline')],
])('what was kept with the right code and is %s counts as none', async (_what, bytes) => {
  const kept = keptOutlines({ keepOutline: async () => undefined }, secret);
  expect(await kept.read(head, coded(gzipSync(serialize(outlined))))).toEqual(outlined);
  expect(await kept.read(head, coded(bytes()))).toBeUndefined();
});
