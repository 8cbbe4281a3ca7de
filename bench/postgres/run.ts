/** Granting and revoking at scale in a real PostgreSQL, side by side with an administrator's script. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Client } from 'pg';
import { startDevServer } from '../../provision/dev-server.ts';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import { budget, compared, table, type Pair as Values, type Result } from '../engine/result.ts';
import { apiMemory } from './api.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import { byRolewave, type Side, type Workload } from '../sides.ts';
import { byHand } from './sides.ts';
import { manyInOne, manyPeople, manyRoles, prepare } from './workload.ts';

export const help = `Usage: npm run bench -- postgres [options]

Grants in a PostgreSQL of its own (with fsync) and revokes again: 15,000 grants of 10,000 people, and 7,000 of 28 people × 250 roles, with the
ledger and reading back; packages of a wave at the same time. Compared with one multi-row GRANT and REVOKE per role, by turns on the same server. Medians of several runs; the ratio is what counts.

The memory of a worker that does ten times as much, and of an API that reads a package of 20,000 people again and again, must hardly grow.

  --scale full|small   small: a tenth of the people and roles; the goals are about full, because what a call costs once weighs more here
  --runs N             how often (default: 3)
  --json               an array of {name, product, baseline, ratio, goal, unit, runs} instead of a table
  --help               show this
`;

/** Seconds that it may take longer than by hand, whatever the ratio. */
const moreThanByHand = 10;

export async function postgres(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { scale: { type: 'string', default: 'full' }, runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
  });
  if (values.scale !== 'full' && values.scale !== 'small') throw new Error(`--scale is '${values.scale}': write full or small`);
  if (!/^[1-9]\d?$/.test(values.runs)) throw new Error(`--runs is '${values.runs}': write a number from 1 to 99`);
  const by = values.scale === 'full' ? 1 : 10;
  const workloads = [manyPeople(10_000 / by), manyRoles(28, 250 / by)];

  const home = await mkdtemp(join(tmpdir(), 'rolewave-bench-'));
  const server = await startPostgres({ dir: join(home, 'postgres'), port: 0 });
  const login = 'rolewave_bench';
  const url = new URL(server.url);
  [url.username, url.password] = [login, 'bench'];
  const store = new URL(server.url);
  store.pathname = '/rolewave_store';
  const sides: Side[] = [];
  try {
    const admin = new Client({ connectionString: server.url });
    // It may still be open when the server stops after a mistake, which is then the one to be shown.
    admin.on('error', () => undefined);
    await admin.connect();
    await prepare(admin, login, [...workloads, manyInOne(20_000 / by)]);
    await admin.query('create database rolewave_store');
    await admin.end();
    const [hand, product] = [await byHand(url.href), await byRolewave(postgresConnector({ connectionString: url.href }), store.href)];
    sides.push(hand, product);
    const results: Result[] = [];
    for (const workload of workloads) results.push(...(await measured(workload, { hand, product }, Number(values.runs))));
    results.push(...(await memory(url.href, store.href, 20_000 / by, Number(values.runs))));
    results.push(...(await memoryOfReaders(home, store.href, 20_000 / by, Number(values.runs))));
    console.log(values.json ? JSON.stringify(results, undefined, 2) : table(results));
  } finally {
    for (const side of sides) await side.close();
    await server.stop();
    await removePostgres(join(home, 'postgres'));
    await rm(home, { recursive: true, force: true });
  }
}

async function measured(workload: Workload, { hand, product }: { hand: Side; product: Side }, runs: number): Promise<Result[]> {
  const taken = { grant: [] as Values[], rollBack: [] as Values[] };
  for (let run = 0; run < runs; run += 1) {
    const one = { grant: { product: 0, baseline: 0 }, rollBack: { product: 0, baseline: 0 } };
    for (const side of run % 2 === 0 ? [hand, product] : [product, hand]) {
      const which = side === hand ? 'baseline' : 'product';
      one.grant[which] = await seconds(() => side.grant(workload));
      one.rollBack[which] = await seconds(() => side.rollBack(workload));
      console.error(`${workload.name}, ${side.name}: granted in ${one.grant[which].toFixed(2)} s, revoked in ${one.rollBack[which].toFixed(2)} s`);
    }
    taken.grant.push(one.grant);
    taken.rollBack.push(one.rollBack);
  }
  const longer = (values: Values[]) => values.map((each) => Math.max(0, each.product - each.baseline));
  return [
    compared(`${workload.name}: grant`, 's', '<=3', taken.grant),
    compared(`${workload.name}: roll back`, 's', '<=4', taken.rollBack),
    budget(`${workload.name}: grant, longer than by hand`, 's', moreThanByHand, longer(taken.grant)),
    budget(`${workload.name}: roll back, longer than by hand`, 's', moreThanByHand, longer(taken.rollBack)),
  ];
}

/**
 * Ten times the grants must not take much more memory: a process of its own for each. Node collects garbage when there is some hundred MiB of it, so that one
 * small release in a fresh process takes little; ten of them, one after the other, leave as much garbage as the large one.
 */
async function memory(url: string, store: string, grants: number, runs: number): Promise<Result[]> {
  const script = fileURLToPath(new URL('memory.ts', import.meta.url));
  const taken = async (many: number, times = 1) =>
    Number((await promisify(execFile)(process.execPath, [script, url, store, String(many), String(times)])).stdout);
  const once: Values[] = [];
  const asMany: Values[] = [];
  for (let run = 0; run < runs; run += 1) {
    const product = await taken(grants);
    once.push({ product, baseline: await taken(grants / 10) });
    asMany.push({ product, baseline: await taken(grants / 10, 10) });
  }
  return [
    compared(`memory of ${grants} grants, and of ${grants / 10}`, 'MiB', '<=1.3', once),
    compared(`memory of ${grants} grants, and of 10 times ${grants / 10}`, 'MiB', '<=1.3', asMany),
  ];
}

/** The API reads a package of ten times the people, and goes on reading it. */
async function memoryOfReaders(home: string, store: string, people: number, runs: number): Promise<Result[]> {
  const many: Values[] = [];
  const again: Values[] = [];
  const temporal = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  try {
    for (let run = 0; run < runs; run += 1) {
      const [large, small] = [await apiMemory(home, store, temporal.address, people), await apiMemory(home, store, temporal.address, people / 10)];
      many.push({ product: large.later, baseline: small.later });
      again.push({ product: large.later, baseline: large.warm });
    }
  } finally {
    await temporal.stop();
  }
  return [
    compared(`memory of the API with a package of ${people} people, and of ${people / 10}`, 'MiB', '<=1.3', many),
    compared(`memory of the API after 90 reads of ${people} people, and after 15`, 'MiB', '<=1.1', again),
  ];
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}
