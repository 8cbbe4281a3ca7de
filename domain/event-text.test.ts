import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answerNames } from './authority/open-answer.ts';
import { eventText, isKnownKind } from './event-text.ts';

const project = join(import.meta.dirname, '..');

/** Every kind that the sources write as a text. */
async function kindsWritten(): Promise<string[]> {
  const files = (await readdir(join(project, 'workflows'), { recursive: true })).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = await Promise.all(
    [...files.map((file) => join('workflows', file)), 'api/plans/apply/told.ts'].map((file) => readFile(join(project, file), 'utf8')),
  );
  return texts.flatMap((text) =>
    [...text.matchAll(/(?:\.event\(\s*|logMessage\(\s*message,\s*|\bkind: )'([\w-]+)'/g)].flatMap(([all, kind = '']) =>
      all.startsWith('kind') && !/kind: '(applied|overruled|approved|rejected|withdrawn)'/.test(all) ? [] : [kind],
    ),
  );
}

test('every kind of event that is recorded has a verb', async () => {
  const kinds = await kindsWritten();
  expect(kinds.length).toBeGreaterThan(30);
  const proposals = ['tune', 'rollback', 'question'].flatMap((kind) => [`${kind}-proposed`, ...answerNames.map((answer) => `${kind}-${answer}`)]);
  const impossible = ['tune-finish', 'rollback-finish'];
  const made = [...proposals.filter((kind) => !impossible.includes(kind)), 'evidence-drill', 'verdict-tune', 'closed', 'aborted'];
  expect([...kinds, ...made].filter((kind) => !isKnownKind(kind))).toEqual([]);
});

test.each([
  ['approved', 'Looks good', {}, 'signed off: Looks good'],
  ['evidence-drill', 'OPS-441', { waived: false, expiresMs: Date.UTC(2026, 5, 1) }, 'recorded the rollback drill (valid until 2026-06-01): OPS-441'],
  ['evidence-drill', 'OPS-9', { waived: false, tookMs: 3_000_000 }, 'recorded the rollback drill (took 50 minutes): OPS-9'],
  ['evidence-riskAcceptance', 'all agree', { waived: true }, 'waived the risk acceptance: all agree'],
  ['paused', 'Holidays', {}, 'paused the watch: Holidays'],
  ['extended', 'watch extended by 7d: Easter', {}, 'watch extended by 7d: Easter'],
  ['rollback-approve', 'Agreed', { proposal: 'rollback-1', people: ['ann', 'ben'] }, 'approved the rollback (rollback-1, only for ann, ben): Agreed'],
  ['verdict-noData', 'nothing was counted', { evaluation: 3 }, 'evaluated as no data (evaluation 3): nothing was counted'],
  ['released', 'released for 6 people', {}, 'released for 6 people'],
  ['certified', 'Still needed', { riskUntilMs: Date.UTC(2026, 9, 1) }, 'certified that it is still needed (risk accepted until 2026-10-01): Still needed'],
  ['something-new', 'of a later version', {}, 'something new: of a later version'],
])('%s keeps its verb and its numbers', (kind, text, data, said) => {
  expect(eventText({ kind, text, data })).toBe(said);
});

test.each([
  ['retireLegacy: 0 granted, 1 legacy grant retired', 'tuned: retiring legacy access again: 0 granted, 1 legacy grant retired'],
  ['somethingNewer: done', 'tuned: somethingNewer: done'],
])('the step of a tune is told in words where it is known: %s', (text, says) => {
  expect(eventText({ kind: 'tuned', text })).toBe(says);
});
