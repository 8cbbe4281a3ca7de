/** Every package through the API, page by page, and the same executions from Temporal's visibility by hand: on the same server, by turns. */
import type { PackageList } from '../../domain/views/lists.ts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { workflowTypes } from '../../domain/messages.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { compared, type Pair, type Result } from '../engine/result.ts';
import { startReleased } from './executions.ts';
import { percentile } from './percentile.ts';
import { boardPlan } from './plans.ts';
import type { Scale } from './scale.ts';
import type { BoardSite } from './site.ts';

const mostPerPlan = 250;
const person = 'lister';

export async function list(site: BoardSite, scale: Scale): Promise<Result[]> {
  const plans = Array.from({ length: Math.ceil(scale.packages / mostPerPlan) }, (_, at) =>
    boardPlan(`list-${String(at + 1).padStart(2, '0')}`, Math.min(mostPerPlan, scale.packages - at * mostPerPlan), [person]),
  );
  for (const each of plans) {
    await site.apply(each.plan);
    await startReleased(site, each, undefined);
  }
  console.error(`${scale.packages} packages of ${plans.length} plans are started`);
  await untilListed(site, scale.packages);

  const whole: Pair[] = [];
  for (let run = 0; run < scale.runs; run += 1) {
    const token = await site.tokenOf(person);
    const sides = { product: () => byApi(site.api.url, token, scale.page), baseline: () => byHand(site, scale.page) };
    const taken = { product: [] as number[], baseline: [] as number[] };
    for (let turn = -1; turn < scale.lists; turn += 1)
      for (const side of turn % 2 === 0 ? (['product', 'baseline'] as const) : (['baseline', 'product'] as const)) {
        const found = await sides[side]();
        if (found.rows !== scale.packages) throw new Error(`${side} lists ${found.rows} of ${scale.packages} packages`);
        // The first time, either side makes what it keeps.
        if (turn >= 0) taken[side].push(found.ms);
      }
    whole.push({ product: percentile(taken.product, 0.95), baseline: percentile(taken.baseline, 0.95) });
    console.error(`list, run ${run + 1}: ${whole.at(-1)?.product.toFixed(0)} ms, by hand ${whole.at(-1)?.baseline.toFixed(0)} ms`);
  }
  const pages = Math.ceil(scale.packages / scale.page);
  return [compared(`list: all ${scale.packages} packages in ${pages} pages, p95`, 'ms', '<=1.3', whole)];
}

interface Listed {
  rows: number;
  ms: number;
}

/** As a program that is given the address: one page after the other. */
async function byApi(url: string, token: string, limit: number): Promise<Listed> {
  const from = performance.now();
  let [rows, cursor] = [0, ''];
  for (;;) {
    const response = await fetch(`${url}/v1/packages?limit=${limit}${cursor}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`the API answers ${response.status}: ${await response.text()}`);
    const { packages, next } = (await response.json()) as PackageList;
    if (packages.some((each) => each.unanswered === true)) throw new Error('the API asks workflows that nobody answers for');
    rows += packages.length;
    if (next === undefined) return { rows, ms: performance.now() - from };
    cursor = `&cursor=${next}`;
  }
}

/** As somebody writes it with the SDK, with each package's state. */
async function byHand({ client }: BoardSite, pageSize: number): Promise<Listed> {
  const from = performance.now();
  const states = new Map<string, unknown>();
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query: handQuery, pageSize }))
    states.set(workflowId, typedSearchAttributes.get(stateKey));
  return { rows: states.size, ms: performance.now() - from };
}

const stateKey = defineSearchAttributeKey(searchAttributes.state, 'KEYWORD');
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
