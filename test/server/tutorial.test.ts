/**
 * Follows the tutorial as a person does: the page's own blocks in order, in a folder like a fresh clone, with its own PostgreSQL and the real
 * `npm start`. `sh` blocks run in a terminal, `sql` blocks run as the database's administrator, and a `text` block is what the block above it prints.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type QueryResult } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { removePostgres } from '../../provision/postgres.ts';
import { startCompany, type Company } from '../support/company.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(project, 'docs/first-wave.md'), 'utf8');

interface Block {
  line: number;
  language: string;
  text: string;
  /** The output that the page shows for it, if any. */
  shows?: string[];
}

/** In the page's order. A `text` block belongs to the one above it. */
function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
    const [, language = '', text = ''] = match;
    const line = markdown.slice(0, match.index).split('\n').length;
    const last = blocks.at(-1);
    if (language === 'text' && last) last.shows = text.split('\n').filter((each) => each.trim() !== '');
    else blocks.push({ line, language, text });
  }
  return blocks;
}

let company: Company;
let home: string;
let clone: string;
let started: ChildProcess | undefined;
let startSaid = '';
/** Without the servers that this machine names: the page is about those that npm start brings. */
const machine = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(ROLEWAVE_|TEMPORAL_|PG|NOTICE_|SMTP_|DATABASE_URL$|\w+_DATABASE_URL$)/.test(name)),
);

beforeAll(async () => {
  company = await startCompany('erp');
  home = await mkdtemp(join(tmpdir(), 'rolewave-tutorial-'));
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(home, 0o711);
  clone = join(home, 'rolewave');
  await mkdir(clone);
  // A clone in which npm ci has run, without what earlier runs left behind.
  for (const name of await readdir(project))
    if (!/^(\.git|\.rolewave|plan\.yaml|site\.yaml|first-wave\.html)$/.test(name)) await symlink(join(project, name), join(clone, name));
  await mkdir(join(home, 'bin'));
  // What npx runs, without the second that npx itself takes for each command.
  await writeFile(join(home, 'bin', 'npx'), '#!/bin/sh\nshift\nexec node ./cli/rolewave.ts "$@"\n', { mode: 0o755 });
}, 60_000);
afterAll(async () => {
  await stopStart();
  await company?.close();
  await removePostgres(join(home, 'state', 'postgres'));
  await rm(home, { recursive: true, force: true });
});

/** Sends Ctrl-C to the terminal's whole process group. Resolves when everything that was started is gone. */
async function stopStart(): Promise<void> {
  if (!started?.pid || started.exitCode !== null || started.signalCode !== null) return;
  const ended = once(started, 'exit');
  process.kill(-started.pid, 'SIGINT');
  await ended;
  // Also after the tests, where `expect.poll` is not to be had.
  await vi.waitFor(
    () => {
      if (existsSync(join(home, 'state', 'running.json'))) throw new Error('npm start is still running');
    },
    { timeout: 30_000, interval: 100 },
  );
}

const environment = () => ({ ...machine, ROLEWAVE_HOME: join(home, 'state'), TEMPORAL_CONFIG_FILE: join(home, 'none.toml') });

/** The database address on the page is an example: it keeps its login and password, and gets this test's server. And half a minute is for a person who reads. */
const here = (text: string) => text.replace('127.0.0.1:5432/erp', new URL(company.url).host + '/erp').replace('Date.now() + 30000', 'Date.now() + 12000');

/** npx itself is asked once. */
let npx = true;

/** A terminal keeps exported variables. Here, a file carries them from block to block. */
async function inTerminal(text: string): Promise<string> {
  const kept = join(home, 'exported');
  const short = npx || !text.includes('npx ') ? '' : `PATH='${join(home, 'bin')}':$PATH\n`;
  if (text.includes('npx ')) npx = false;
  const script = `if [ -e '${kept}' ]; then . '${kept}'; fi\nset -e\nusual=$PATH\n${short}${here(text)}\nPATH=$usual\nunset usual\nexport -p > '${kept}'\n`;
  const shell = spawn('bash', ['-c', script], { cwd: clone, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = (await once(shell, 'close')) as [number];
  if (code !== 0) throw new Error(`it ended with ${code}:\n${said}`);
  return said;
}

/** Runs `npm start` in the other terminal. Resolves once it serves. If it prints an address other than the usual one, a person copies it. */
async function startIn(text: string): Promise<string> {
  const kept = join(home, 'exported');
  started = spawn('bash', ['-c', `. '${kept}'\n${text}`], { cwd: clone, env: environment(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', (data: Buffer) => (startSaid += data.toString()));
  await expect.poll(() => startSaid.includes('Three commands to try') || started?.exitCode !== null, { timeout: 120_000 }).toBe(true);
  const address = /export ROLEWAVE_URL=[^\s)]+/.exec(startSaid)?.[0];
  if (address) await inTerminal(address);
  return startSaid;
}

async function inPsql(text: string): Promise<string> {
  const client = new Client({ connectionString: company.url });
  await client.connect();
  try {
    const answered = (await client.query(text)) as QueryResult | QueryResult[];
    const rows = (Array.isArray(answered) ? answered : [answered]).flatMap((result) => result.rows as Record<string, unknown>[]);
    return rows.map((row) => Object.values(row).join(' | ')).join('\n');
  } finally {
    await client.end();
  }
}

/** The first line of the page that the output lacks, in order; undefined if there is none. `…` stands for any text on a line. Blanks between columns count as one. */
function missing(said: string, shows: string[]): string | undefined {
  const lines = said.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  let from = 0;
  for (const shown of shows) {
    const pattern = shown
      .trim()
      .replace(/\s+/g, ' ')
      .split(/ ?… ?/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
    const at = lines.findIndex((line, index) => index >= from && new RegExp(pattern).test(line));
    if (at === -1) return shown;
    from = at + 1;
  }
  return undefined;
}

/** Running it again changes nothing, so a person who does not see the result yet runs it again. */
const mayBeRepeated = ({ language, text }: Block) =>
  language === 'sql'
    ? text.startsWith('select')
    : text
        .trim()
        .split('\n')
        .every((line) => /^npx rolewave( --as \w+)? (status|show|doctor|validate|plan|sign-off)\b/.test(line));

async function run(block: Block): Promise<void> {
  const { language, text, shows = [] } = block;
  const once = () => (language === 'sql' ? inPsql(text) : /^npm start/m.test(text) ? startIn(text) : inTerminal(text));
  if (!mayBeRepeated(block)) {
    // What was sent is not sent twice, but the last line of a block may only read.
    const said = await once();
    const last = text.trim().split('\n').at(-1) ?? '';
    const again = { ...block, text: last };
    if (missing(said, shows) !== undefined && mayBeRepeated(again)) return run(again);
    expect(missing(said, shows), said).toBeUndefined();
    return;
  }
  let said = '';
  await expect
    .poll(
      async () => {
        said = await once().catch((error: unknown) => String(error));
        return missing(said, shows) === undefined || `line ${block.line} of the page does not show '${missing(said, shows)}':\n${said}`;
      },
      { timeout: 90_000, interval: 1_000 },
    )
    .toBe(true);
}

test('every block of the tutorial shows what the page says', { timeout: 420_000 }, async () => {
  const blocks = blocksOf(page);
  expect(blocks.map(({ language }) => language).filter((language) => language !== 'sh' && language !== 'sql')).toEqual([]);
  const [install, ...rest] = blocks;
  // The clone's dependencies are those that this test runs with.
  expect(install?.text).toBe('npm ci\n');
  for (const block of rest) {
    try {
      await run(block);
    } catch (error) {
      throw new Error(`docs/first-wave.md, line ${block.line}: ${block.text}${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  expect(await readFile(join(clone, 'first-wave.html'), 'utf8')).toContain('Rolled back');
  await stopStart();
  expect(startSaid).toMatch(/Stopping …\s*$/);
  // Everything that the page created in the database is gone again.
  expect(await inPsql(`select rolname from pg_roles where rolname !~ '^pg_' and rolname <> 'postgres'`)).toBe('');
});
