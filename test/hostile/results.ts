/** Writes what the long profile has found to docs/reliability.md: one line for each peer, its last run. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

export interface Result {
  /** 'PostgreSQL 18'. */
  peer: string;
  seed: number;
  /** Those that were played, up to the one that failed. */
  scenarios: number;
  failed: boolean;
  /** What happened in them. */
  counts: ReadonlyMap<string, number>;
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

The last long run on each peer. It asks for 200 scenarios or more of each kind (\`ROLEWAVE_HOSTILE_RUNS=240\`), and ends earlier where one fails or its time is over. See [CONTRIBUTING](../CONTRIBUTING.md) and [decision 235](decisions/0235-hostile-administrators-on-every-peer.md):

| peer | date | scenarios | result | minutes | seed | what happened in them |
| --- | --- | --- | --- | --- | --- | --- |
`;

/** The page with this peer's line in place of its last one. */
export function pageWith(before: string, { peer, seed, scenarios, failed, counts, begunMs, endedMs }: Result): string {
  const lines = new Map(
    before
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| peer') && !line.startsWith('| ---'))
      .map((line) => [line.split('|')[1]?.trim() ?? '', line]),
  );
  const what = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  const day = new Date(endedMs).toISOString().slice(0, 10);
  const minutes = Math.max(1, Math.round((endedMs - begunMs) / 60_000));
  const found = failed ? `**failed** in scenario ${scenarios - 1}` : '0 violations';
  lines.set(peer, `| ${[peer, day, scenarios, found, minutes, seed, what].join(' | ')} |`);
  return `${head}${[...lines.values()].toSorted().join('\n')}\n`;
}
