/** `npm run bench -- cli`: how long the command takes to start, beside Node itself and Temporal's command in the same run. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from '../../provision/bundle-command.ts';
import { waveList } from './waves.ts';

export const help = `cli [--runs N] [--json]
  The packaged command: --help, validate on the example plan, and status of 20 packages against an endpoint on loopback that answers at once; beside
  node -e 0 and, where it is found, temporal --help. Medians of N runs each (25), taken in turn, after one run that fills Node's compile cache.`;

/** Milliseconds. */
const limits: Record<string, number> = { 'rolewave --help': 150, 'rolewave validate': 150, 'rolewave status': 250 };

const project = fileURLToPath(new URL('../..', import.meta.url));

interface Row {
  what: string;
  medianMs: number;
  p90Ms: number;
  /** Beyond Node's own start. */
  beyondNodeMs: number;
  limitMs?: number;
}

export async function cli(args: string[]): Promise<void> {
  const runs = Number(args[args.indexOf('--runs') + 1] && args.includes('--runs') ? args[args.indexOf('--runs') + 1] : 25);
  if (!(Number.isInteger(runs) && runs >= 3 && runs <= 1_000)) throw new Error('--runs is a number from 3 to 1000');
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-bench-cli-'));
  const endpoint = createServer((request, response) => {
    request.resume();
    const body = request.url === '/v1/tokens' ? { token: 'a.b.c', expiresAt: '2100-01-01T00:00:00Z', person: 'ines' } : waveList(20);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  try {
    await bundleCommand(join(folder, 'package'));
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      NODE_COMPILE_CACHE: join(folder, 'cache'),
      ROLEWAVE_URL: `http://127.0.0.1:${(endpoint.address() as { port: number }).port}`,
    };
    const command = join(folder, 'package/rolewave.mjs');
    const cases: Record<string, string[]> = {
      'node -e 0': [process.execPath, '-e', '0'],
      'rolewave --help': [process.execPath, command, '--help'],
      'rolewave validate': [process.execPath, command, 'validate', join(project, 'examples/role-packages.yaml')],
      'rolewave status': [process.execPath, command, 'status'],
      'temporal --help': ['temporal', '--help'],
    };
    const times = await measured(cases, runs, env);
    const rows = rowsOf(times);
    if (args.includes('--json')) console.log(JSON.stringify(rows.map((row) => resultOf(row, rows, runs))));
    else print(rows, runs);
    if (rows.some(({ medianMs, limitMs }) => limitMs !== undefined && medianMs > limitMs)) process.exitCode = 1;
  } finally {
    endpoint.close();
    endpoint.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

/** In turn, so that what else the machine does meets all of them. A command that is not there has no times. */
async function measured(cases: Record<string, string[]>, runs: number, env: NodeJS.ProcessEnv): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  for (const [what, line] of Object.entries(cases)) if ((await once(line, env)) !== undefined) times.set(what, []);
  for (let run = 0; run < runs; run += 1) for (const [what, taken] of times) taken.push((await once(cases[what] ?? [], env)) ?? Number.NaN);
  return times;
}

/** Milliseconds until it has ended. Undefined: it could not be started. Throws where it failed. */
function once([file = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', () => resolve(undefined));
    child.once('close', (code) =>
      code === 0 ? resolve(performance.now() - start) : reject(new Error(`${file} ${args.join(' ')} ended with ${code}: ${said}`)),
    );
  });
}

function rowsOf(times: Map<string, number[]>): Row[] {
  const at = (taken: number[], share: number) => taken.toSorted((a, b) => a - b)[Math.floor((taken.length - 1) * share)] ?? Number.NaN;
  const node = at(times.get('node -e 0') ?? [], 0.5);
  return [...times].map(([what, taken]) => {
    const limitMs = limits[what];
    const median = at(taken, 0.5);
    return { what, medianMs: round(median), p90Ms: round(at(taken, 0.9)), beyondNodeMs: round(median - node), ...(limitMs === undefined ? {} : { limitMs }) };
  });
}

/** As the other benches: `baseline` is Node's own start in the same run, and `goal` is in milliseconds. */
function resultOf({ what, medianMs, limitMs }: Row, rows: Row[], runs: number) {
  const baseline = rows.find((row) => row.what === 'node -e 0')?.medianMs ?? Number.NaN;
  return { name: what, product: medianMs, baseline, ratio: round(medianMs / baseline), ...(limitMs === undefined ? {} : { goal: limitMs }), unit: 'ms', runs };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

function print(rows: Row[], runs: number): void {
  console.log(`Start of the command, medians of ${runs} runs each, ${cpus().length} cores, Node ${process.version}`);
  console.table(
    rows.map(({ what, medianMs, p90Ms, beyondNodeMs, limitMs }) => ({
      what,
      'median ms': medianMs,
      'p90 ms': p90Ms,
      'beyond node ms': beyondNodeMs,
      'at most': limitMs ?? '',
    })),
  );
}
