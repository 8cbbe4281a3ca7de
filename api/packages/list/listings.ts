/**
 * What Temporal lists of plans, for one list that is read page by page: what an earlier page has found is used by the next ones, so that a list of thousands of
 * packages costs Temporal as much as listing them once. The first page always asks. A process that does not know the list, or no longer, asks again.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { packageWorkflowId, waveWorkflowId, workflowTypes } from '../../../domain/messages.ts';
import type { ListedExecution } from '../../engine.ts';

export interface ListedPlan {
  waves: ListedExecution[];
  /** By the id of the wave's workflow, and then by the id of the package. */
  packages: ReadonlyMap<string, ReadonlyMap<string, ListedExecution>>;
}

/** One list, by its pages. */
export interface Listing {
  /** What its next pages know it by. */
  id: string;
  /** Of all of these plans; those that it has not listed are listed now, together. */
  of(plans: readonly string[]): Promise<Map<string, ListedPlan>>;
}

export interface Listings {
  /** `id`: of an earlier page; undefined: a new list. */
  open(id: string | undefined): Listing;
}

/** How long the pages of a list may be apart for the next one to use what the first has found. */
const keptMs = 60_000;
/** Some twenty megabytes. */
const mostKept = 100_000;

/** `ask`: lists these types of workflows of these plans, in no order. */
export function openListings(ask: (workflowTypes: string[], plans: string[]) => Promise<ListedExecution[]>): Listings {
  const kept = new LRUCache<string, ListedPlan>({
    maxSize: mostKept,
    sizeCalculation: ({ waves, packages }) => 1 + waves.length + [...packages.values()].reduce((sum, each) => sum + each.size, 0),
    ttl: keptMs,
  });
  const keyOf = (list: string, plan: string) => `${list} ${plan}`;
  return {
    open(given) {
      const id = given ?? randomBytes(8).toString('base64url');
      return {
        id,
        async of(plans) {
          const known = new Map(plans.flatMap((plan) => [[plan, kept.get(keyOf(id, plan))] as const]));
          const wanted = plans.filter((plan) => known.get(plan) === undefined);
          if (wanted.length > 0) {
            const found = byPlan(await ask([workflowTypes.wave, workflowTypes.rolePackage], wanted), wanted);
            for (const [plan, listed] of found) {
              known.set(plan, listed);
              kept.set(keyOf(id, plan), listed);
            }
          }
          return new Map([...known].flatMap(([plan, listed]) => (listed ? [[plan, listed] as const] : [])));
        },
      };
    },
  };
}

/** Executions under ids that the product does not give are left out. */
function byPlan(executions: readonly ListedExecution[], plans: readonly string[]): Map<string, ListedPlan> {
  const found = new Map(plans.map((plan) => [plan, { waves: [] as ListedExecution[], packages: new Map<string, Map<string, ListedExecution>>() }]));
  for (const execution of executions) {
    const [plan = '', wave = '', id = ''] = execution.workflowId.split('/');
    const listed = found.get(plan);
    if (!listed) continue;
    if (execution.type === workflowTypes.wave && execution.workflowId === waveWorkflowId(plan, wave)) listed.waves.push(execution);
    if (execution.type !== workflowTypes.rolePackage || execution.workflowId !== packageWorkflowId(plan, wave, id)) continue;
    const key = waveWorkflowId(plan, wave);
    const inWave = listed.packages.get(key) ?? new Map<string, ListedExecution>();
    inWave.set(id, execution);
    listed.packages.set(key, inWave);
  }
  return found;
}
