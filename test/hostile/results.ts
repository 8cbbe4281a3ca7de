/** Writes what the long profile has found to docs/reliability.md: one line for each peer, its last run. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { NotHeld } from './peer.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

export interface Result {
  /** 'PostgreSQL 18'. */
  peer: string;
  seed: number;
  /** Those that were played, up to the one that failed; of a run that was resumed, with those before. */
  scenarios: number;
  /** Where a run was resumed; its line is added to. Absent: 0. */
  from?: number;
  failed: boolean;
  /** What happened in them. */
  counts: ReadonlyMap<string, number>;
  /** How often was found what this system gives nobody the means to promise. */
  unheld?: ReadonlyMap<NotHeld, number>;
  begunMs: number;
  endedMs: number;
}

export async function writeResult(result: Result, file = page): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, pageWith(before, result));
}

const head = `# Reliability

<!-- Written by \`npm run test:hostile\`: everything here is written anew by its next long run. -->

The hostile administrator suite plays random stories: while packages are released, watched and rolled back, administrators grant, revoke, rename, remove and create again; worker processes are killed with SIGKILL at every boundary of an activity and inside batches; answers are cut off, late or come twice. After each story, the log of the server itself tells what took effect. A story fails when Rolewave

- revoked what somebody else had granted
- lost a grant, made one twice, or left one behind
- granted another role, or to another person, than was signed
- or when the system after the rollback differs from the preview, except for changes that the record attributes to somebody else.

The last long run on each peer. It asks for 200 scenarios or more of PostgreSQL and OpenLDAP, and 50 or more of each of the others, which are slower; it ends earlier where one fails or its time is over. See [CONTRIBUTING](../CONTRIBUTING.md), [decision 235](decisions/0235-hostile-administrators-on-every-peer.md), [decision 241](decisions/0241-keycloak-among-hostile-administrators.md) and [decision 246](decisions/0246-a-gate-where-no-log-tells.md):

| peer | date | scenarios | result | minutes | seed | what happened in them |
| --- | --- | --- | --- | --- | --- | --- |
`;

const notHeldHead = `## What is not held

Some systems give nobody the means to keep one of these promises. What is found of these in the stories does not fail them; it is counted. Everything else fails them.

| peer | what is not held | why | found in the last long run |
| --- | --- | --- | --- |
`;

/** The page with this peer's lines in place of its last ones. Throws where a run was resumed and the page does not have what it was resumed from. */
export function pageWith(before: string, { peer, seed, scenarios, from = 0, failed, counts, unheld = new Map(), begunMs, endedMs }: Result): string {
  const [runs = '', notHeld = ''] = before.split('## What is not held');
  const earlier = from === 0 ? undefined : earlierOf(runs, { peer, seed, from });
  const what = [...counts].map(([name, count]) => `${count + (earlier?.counts.get(name) ?? 0)} ${name}`).join(', ');
  const day = new Date(endedMs).toISOString().slice(0, 10);
  const minutes = (earlier?.minutes ?? 0) + Math.max(1, Math.round((endedMs - begunMs) / 60_000));
  const found = failed ? `**failed** in scenario ${scenarios - 1}` : '0 violations';
  const line = row([peer, day, scenarios, found, minutes, seed, what]);
  const others = [...unheld].map(([{ guarantee, why }, count]) =>
    row([peer, guarantee, why, times(count + (earlier ? unheldBefore(notHeld, peer, guarantee) : 0))]),
  );
  const below = withLines(notHeld, peer, others);
  return `${head}${withLines(runs, peer, [line])}\n${below === '' ? '' : `\n${notHeldHead}${below}\n`}`;
}

interface Earlier {
  minutes: number;
  counts: Map<string, number>;
}

function earlierOf(runs: string, { peer, seed, from }: { peer: string; seed: number; from: number }): Earlier {
  const cells = cellsOf(runs).find(([name]) => name === peer);
  const [, , scenarios, result, minutes, itsSeed, what = ''] = cells ?? [];
  if (Number(scenarios) !== from || Number(itsSeed) !== seed || result !== '0 violations')
    throw new Error(`docs/reliability.md has no run of ${peer} that ended well at scenario ${from} of seed ${seed}, so this one cannot be added to it`);
  const counts = what.split(', ').map((each): [string, number] => [each.replace(/^\d+ /, ''), Number.parseInt(each, 10)]);
  return { minutes: Number(minutes), counts: new Map(counts) };
}

function unheldBefore(notHeld: string, peer: string, guarantee: string): number {
  const [, , , found = 'never'] = cellsOf(notHeld).find(([name, what]) => name === peer && what === guarantee) ?? [];
  return found === 'never' ? 0 : found === 'once' ? 1 : Number.parseInt(found, 10);
}

const cellsOf = (table: string): string[][] => table.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.slice(2, -2).split(' | ')] : []));
const times = (count: number): string => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`);
const row = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** Of a table, all lines with these in place of the peer's own. */
function withLines(table: string, peer: string, now: string[]): string {
  const lines = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| peer') && !line.startsWith('| ---'));
  return [...lines.filter((line) => line.split('|')[1]?.trim() !== peer), ...now].toSorted().join('\n');
}
