/** Every package through the API, page by page, and the same executions from Temporal's visibility by hand: on the same server, by turns. */
import type { PackageList } from '../../domain/views/lists.ts';
import { workflowTypes } from '../../domain/messages.ts';
import { compared, type Pair, type Result } from '../engine/result.ts';
import { startMeasured } from './measured-process.ts';
import { startReleased } from './executions.ts';
import { percentile } from './percentile.ts';
import { boardPlan } from './plans.ts';
import type { Scale } from './scale.ts';
import type { BoardSite } from './site.ts';

const mostPerPlan = 500;
const person = 'lister';

export async function list(site: BoardSite, scale: Scale): Promise<Result[]> {
  const plans = Array.from({ length: Math.ceil(scale.packages / mostPerPlan) }, (_, at) =>
    boardPlan(`list-${String(at + 1).padStart(2, '0')}`, Math.min(mostPerPlan, scale.packages - at * mostPerPlan), [person]),
  );
  if (process.env['B']) { const w = await startMeasured('the parked worker', new URL('parked-worker.ts', import.meta.url).pathname, site.home, site.env); site.closing.push(() => w.stop()); }
  for (const each of plans) {
    await site.apply(each.plan);
    await startReleased(site, each, process.env['B'] ? 'bench-parked' : undefined);
  }
  console.error(`${scale.packages} packages of ${plans.length} plans are started`);
  await untilListed(site, scale.packages);

  const whole: Pair[] = [];
  const first: Pair[] = [];
  for (let run = 0; run < scale.runs; run += 1) {
    const token = await site.tokenOf(person);
    const sides = { product: () => byApi(site.api.url, token, scale.page), baseline: () => byHand(site, scale.page) };
    const taken = { product: [] as Listed[], baseline: [] as Listed[] };
    for (let turn = -1; turn < scale.lists; turn += 1)
      for (const side of turn % 2 === 0 ? (['product', 'baseline'] as const) : (['baseline', 'product'] as const)) {
        const found = await sides[side]();
        if (found.rows !== scale.packages) throw new Error(`${side} lists ${found.rows} of ${scale.packages} packages`);
        // The first time, either side makes what it keeps.
        if (turn >= 0) taken[side].push(found);
      }
    const at = (side: keyof typeof taken, what: 'ms' | 'firstMs') => percentile(taken[side].map((each) => each[what]), 0.95);
    whole.push({ product: at('product', 'ms'), baseline: at('baseline', 'ms') });
    first.push({ product: at('product', 'firstMs'), baseline: at('baseline', 'firstMs') });
    console.error(`list, run ${run + 1}: ${JSON.stringify({ whole: whole.at(-1), first: first.at(-1) })}`);
  }
  const pages = Math.ceil(scale.packages / scale.page);
  return [
    compared(`list: all ${scale.packages} packages in ${pages} pages, p95`, 'ms', '<=1.3', whole),
    compared(`list: the first page of ${scale.page}, p95`, 'ms', '<=1.3', first),
  ];
}

interface Listed {
  rows: number;
  ms: number;
  /** Until the first page was there. */
  firstMs: number;
}

/** As a program that is given the address: one page after the other. */
async function byApi(url: string, token: string, limit: number): Promise<Listed> {
  const from = performance.now();
  let [rows, firstMs, cursor] = [0, 0, ''];
  for (;;) {
    const response = await fetch(`${url}/v1/packages?limit=${limit}${cursor}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`the API answers ${response.status}: ${await response.text()}`);
    const { packages, next } = (await response.json()) as PackageList;
    if (packages.some((each) => each.unanswered === true)) throw new Error('the API asks workflows that nobody answers for');
    rows += packages.length;
    firstMs ||= performance.now() - from;
    if (next === undefined) return { rows, ms: performance.now() - from, firstMs };
    cursor = `&cursor=${next}`;
  }
}

/** As somebody writes it with the SDK, with each package's state. */
async function byHand({ client }: BoardSite, pageSize: number): Promise<Listed> {
  const from = performance.now();
  let firstMs = 0;
  const states = new Map<string, unknown>();
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query: handQuery, pageSize })) {
    states.set(workflowId, searchAttributes['RolewaveState']?.[0]);
    if (states.size === pageSize) firstMs = performance.now() - from;
  }
  const ms = performance.now() - from;
  return { rows: states.size, ms, firstMs: firstMs || ms };
}

const handQuery = `WorkflowType = '${workflowTypes.rolePackage}' AND WorkflowId STARTS_WITH 'list-'`;

/** Visibility is written a moment later. */
async function untilListed({ client }: BoardSite, packages: number): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const { count } = await client.workflow.count(handQuery);
    if (count >= packages) return;
    if (Date.now() > end) throw new Error(`Temporal lists ${count} of ${packages} packages`);
  }
}
