/** What docs/how-to shows is what the command takes: each line of a shell block is run, and each YAML block is checked as part of a whole file. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { testIo } from '../../test/support/command-io.ts';
import { smallPlan } from '../../test/support/small-plan.ts';
import { exitCodes } from '../exit-codes.ts';
import { run } from '../program.ts';

const guides = join(import.meta.dirname, '../../docs/how-to');
const pages = (await readdir(guides)).sort();
/** The files that the blocks of a page belong to, without what the page shows. */
const before: Record<string, string> = {
  'plan.yaml': smallPlan,
  'site.yaml': 'site: guides\nadministrators: { people: [eva] }\n',
};

/** Nothing listens there: a command that gets as far as asking the endpoint was understood. */
const nowhere = 'http://127.0.0.1:9';
/** The variables of the pages. */
const systemsNowhere = {
  ERP_DATABASE_URL: 'postgres://rolewave:secret@127.0.0.1:9/erp',
  DIRECTORY_URL: 'ldaps://cn%3Drolewave,dc%3Dexample,dc%3Dcom:secret@127.0.0.1:9',
  SCIM_URL: 'https://bearer:secret@127.0.0.1:9/v2',
  KEYCLOAK_URL: 'https://rolewave:secret@127.0.0.1:9/realms/company',
};

describe.each(pages)('docs/how-to/%s', (page) => {
  let folder: string;
  let blocks: { language: string; text: string }[];

  beforeAll(async () => {
    const markdown = await readFile(join(guides, page), 'utf8');
    blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
    folder = await mkdtemp(join(tmpdir(), 'rolewave-guides-'));
    const files: Record<string, unknown> = { 'plan.yaml': parse(smallPlan) };
    for (const { text } of blocks.filter(({ language }) => language === 'yaml')) {
      const [, file = ''] = /^# (\S+)\n/.exec(text) ?? [];
      if (!(file in before)) throw new Error(`the first line of a YAML block names its file, plan.yaml or site.yaml:\n${text}`);
      files[file] = merged(files[file] ?? parse(before[file] ?? ''), parse(text));
    }
    for (const [file, value] of Object.entries(files)) await writeFile(join(folder, file), stringify(value));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the plan and the site of the page are valid', async () => {
    const io = testIo();
    expect([await run(['validate', join(folder, 'plan.yaml')], io), io.errors]).toEqual([exitCodes.done, []]);
  });

  test('the command understands every line', async () => {
    const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      const [program, ...args] = wordsOf(line).map((word) => (word in before ? join(folder, word) : word));
      expect([line, program]).toEqual([line, 'rolewave']);
      const io = testIo({ env: { ROLEWAVE_URL: nowhere, ROLEWAVE_TOKEN: 'a.b.c', ...systemsNowhere }, answer: true });
      const code = await run(args, io);
      // With an endpoint that is not there, doctor finds problems.
      if (args[0] === 'doctor') expect([line, code]).not.toEqual([line, exitCodes.badInput]);
      else expect([line, code, io.errors]).toEqual([line, args[0] === 'validate' ? exitCodes.done : exitCodes.unreachable, io.errors]);
    }
  });
});

/** Lists of things with ids are merged by id; anything else is replaced. */
function merged(base: unknown, change: unknown): unknown {
  if (isList(base) && isList(change)) {
    const changes = new Map(change.map((each) => [each.id, each]));
    const kept = base.map((each) => (changes.has(each.id) ? merged(each, changes.get(each.id)) : each));
    return [...kept, ...change.filter(({ id }) => !base.some((each) => each.id === id))];
  }
  if (!isGroup(base) || !isGroup(change)) return change;
  return { ...base, ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, merged(base[key], value)])) };
}

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is { id: string }[] => Array.isArray(value) && value.every((each) => isGroup(each) && typeof each['id'] === 'string');

/** As a shell divides a line of words and quoted texts. */
const wordsOf = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
