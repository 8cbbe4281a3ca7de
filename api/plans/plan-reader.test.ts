/** Plans are read in threads of their own: whatever a text does, the thread that answers requests goes on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { Plan } from '../../domain/plan/schema.ts';
import type { RevisionRecord } from '../../domain/views/revision.ts';
import { planFile } from '../../test/support/plan.ts';
import { workMs } from '../../test/support/work.ts';
import { openPlanReader, type PlanReader } from './plan-reader.ts';

let reader: PlanReader | undefined;
afterEach(() => reader?.close());
const bytes = (text: string) => new TextEncoder().encode(text);

/** What is done in this thread meanwhile keeps requests waiting. */
async function workMeanwhile<T>(answer: Promise<T>): Promise<{ result: T; ms: number }> {
  const ended = workMs();
  const result = await answer;
  return { result, ms: ended() };
}

test('a plan is read as in this thread, and its id is known whatever is wrong with it', async () => {
  reader = openPlanReader();
  expect(await reader.named(bytes(planFile()))).toBe('test');
  expect(await reader.check(bytes(planFile()), 'plan.yaml', { nowMs: 0 })).toMatchObject({ ok: true, plan: { plan: 'test' } });
  expect(await reader.named(bytes('plan: broken\nwaves: 7'))).toBe('broken');
  const started = await reader.check(bytes(planFile()), 'plan.yaml', { nowMs: Date.parse('2030-01-01'), startedWaves: new Set(['wave-1']) });
  expect(started.ok).toBe(true);
  expect(await reader.check(bytes('plan: broken'), 'mine.yaml', { nowMs: 0 })).toMatchObject({
    ok: false,
    mistakes: expect.arrayContaining([expect.objectContaining({ file: 'mine.yaml', path: 'people' })]),
  });
});

test.each([
  ['brackets without end', '['.repeat(2_000_000)],
  ['the same key many times', 'a:\n'.repeat(600_000)],
  ['nineteen thousand people that are no people', `people:\n${'  - Person\n'.repeat(19_000)}`],
])('%s keep nobody else waiting', async (_what, text) => {
  reader = openPlanReader();
  await reader.named(bytes('plan: warm'));
  const { result, ms } = await workMeanwhile(reader.check(bytes(text), 'plan.yaml', { nowMs: 0 }));
  expect(result.ok).toBe(false);
  expect(ms).toBeLessThan(1_000);
});

const misbehaving: [what: string, code: string, change: { withinMs?: number; heapMb?: number }, detail: RegExp][] = [
  ['takes too long', 'while (true);', { withinMs: 1_500 }, /not read within 1.5 seconds/],
  ['takes too much memory', 'const all = []; while (true) all.push(new Array(1e5).fill(String(all.length)));', { heapMb: 40 }, /needs more memory/],
];

test.each(misbehaving)('a text that %s is refused, and the next one is read', async (_what, code, change, detail) => {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'thread.mjs');
  await writeFile(file, `export default ({ bytes }) => { if (bytes.length === 1) return 'good'; ${code} };`);
  reader = openPlanReader(undefined, { filename: pathToFileURL(file).href, ...change });
  const { result, ms } = await workMeanwhile(reader.named(bytes('bad')).catch((error: unknown) => error));
  expect(result).toMatchObject({ code: 'plan-unreadable', message: expect.stringMatching(detail) });
  expect(ms).toBeLessThan(1_000);
  expect(await reader.named(bytes('x'))).toBe('good');
});

/** Threads that say what they read, after a while. */
async function slowReader(change: { withinMs?: number; waitMs?: number }): Promise<PlanReader> {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'thread.mjs');
  await writeFile(
    file,
    `import { setTimeout } from 'node:timers/promises'; export default async (task) => { await setTimeout(100); return task.work ?? Buffer.from(task.bytes).toString(); };`,
  );
  return openPlanReader(undefined, { filename: pathToFileURL(file).href, ...change });
}

test('however many texts one person sends at once, another’s is read next, and so is a digest', async () => {
  reader = await slowReader({});
  const answered: unknown[] = [];
  const noted = (answer: Promise<unknown>) =>
    answer.then(
      (text) => answered.push(text),
      (error: unknown) => answered.push((error as { code: string }).code),
    );
  const hers = reader.of('ines', 'finance-*');
  const many = Array.from({ length: 44 }, () => noted(hers.named(bytes('hers'))));
  const others = [noted(reader.of('hugo', 'finance-*').named(bytes('his'))), noted(reader.digest({ plan: 'p' } as Plan))];
  await Promise.all([...others, ...many]);
  expect(answered.filter((each) => each === 'busy')).toHaveLength(3);
  const read = answered.filter((each) => each !== 'busy');
  expect(read).toHaveLength(43);
  expect(read.slice(0, 5)).toEqual(expect.arrayContaining(['his', 'digest']));
});

test('however many people of one right of the site send texts at once, somebody of another right is read next', async () => {
  reader = await slowReader({});
  const read: string[] = [];
  const noted = (text: string, answer: Promise<string | undefined>) => answer.then(() => void read.push(text));
  const { of } = reader;
  const many = Array.from({ length: 12 }, (_, index) => noted('theirs', of(`colluder-${index}`, 'finance-*').named(bytes('theirs'))));
  const other = noted('his', of('hugo', 'erp').named(bytes('his')));
  await Promise.all([other, ...many]);
  // Which of those that are read at once ends first is open.
  expect(read.indexOf('his')).toBeLessThan(6);
  expect(read).toHaveLength(13);
});

test('a text that waited for others is not blamed for it', async () => {
  reader = await slowReader({ waitMs: 500, withinMs: 1_500 });
  const { named } = reader;
  await named(bytes('warm'));
  const answers = await Promise.allSettled(Array.from({ length: 18 }, () => named(bytes('mine'))));
  const codes = answers.flatMap((each) => (each.status === 'rejected' ? [(each.reason as { code: string }).code] : []));
  expect(codes.length).toBeGreaterThan(3);
  expect(new Set(codes)).toEqual(new Set(['busy']));
});

const stored = { by: 'ines' } as unknown as RevisionRecord;

test('plans in the store are read by turns of their rights, digests as well as outlines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [file, goOn] = [join(folder, 'thread.mjs'), join(folder, 'go-on')];
  await writeFile(
    file,
    `import { existsSync } from 'node:fs'; import { setTimeout } from 'node:timers/promises';
    export default async ({ work, args: [of] }) => {
      while ((of.plan ?? of).startsWith('theirs') && !existsSync(${JSON.stringify(goOn)})) await setTimeout(20);
      return work === 'digest' ? of.plan : { document: of };
    };`,
  );
  reader = openPlanReader((id) => id.split('-')[0]!, { filename: pathToFileURL(file).href });
  const { digest, outline } = reader;
  const digestOf = (id: string) => digest({ plan: id } as Plan);
  const outlineOf = async (id: string) => (await outline({ plan: id, right: id.split('-')[0]! }, async () => id, stored))?.document;
  const theirs = [digestOf('theirs-1'), outlineOf('theirs-2'), digestOf('theirs-3'), outlineOf('theirs-4')];
  // None of theirs ends before these do.
  expect([await digestOf('his-1'), await outlineOf('his-2')]).toEqual(['his-1', 'his-2']);
  await writeFile(goOn, '');
  expect(await Promise.all(theirs)).toEqual(['theirs-1', 'theirs-2', 'theirs-3', 'theirs-4']);
});

test.each([
  ['hangs', 'await new Promise(() => setInterval(() => undefined, 1_000));', { workWithinMs: 1_500 }, /not read within 1.5 seconds/],
  ['takes too much memory', 'const all = []; while (true) all.push(new Array(1e5).fill(String(all.length)));', { heapMb: 40 }, /needs more memory/],
])('an outline that %s is refused, and the next one of its right is made', async (_what, code, change, detail) => {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'thread.mjs');
  await writeFile(file, `export default async ({ args: [text] }) => { if (text === 'good') return { document: 'good' }; ${code} };`);
  reader = openPlanReader(undefined, { filename: pathToFileURL(file).href, ...change });
  const { outline } = reader;
  const outlineOf = (text: string) => outline({ plan: text, right: 'finance-*' }, async () => text, stored);
  const [bad, good] = await Promise.allSettled([outlineOf('bad'), outlineOf('good')]);
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'plan-unreadable', message: expect.stringMatching(detail) } });
  expect(good).toMatchObject({ status: 'fulfilled', value: { document: 'good' } });
});
