/** Workflow executions of the product's types and ids, with its search attributes, as released packages have them. */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { packageWorkflowId, waveWorkflowId, workflowTypes } from '../../domain/messages.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { inParallel } from '../engine/side.ts';
import type { BoardPlan } from './plans.ts';
import type { BoardSite } from './site.ts';
import { packageState, stateAt, waveState } from './states.ts';

const startedAtOnce = 48;

/** `taskQueue`: whose worker answers for them; without one nobody does. Begins their releases in the store, too. */
export async function startReleased({ client, store }: BoardSite, { plan, waves }: BoardPlan, taskQueue: string | undefined): Promise<void> {
  const start = async (type: string, workflowId: string, pairs: SearchAttributePair[], state: () => unknown) => {
    const args = taskQueue === undefined ? [] : [state()];
    await client.workflow.start(type, { workflowId, taskQueue: taskQueue ?? 'nobody', args, typedSearchAttributes: pairs });
  };
  const common = (wave: string) => [pair('plan', plan.plan), pair('wave', wave)];
  await inParallel(startedAtOnce, [...waves.keys()], (wave) =>
    start(workflowTypes.wave, waveWorkflowId(plan.plan, wave), [...common(wave), pair('stage', 'watching')], () => waveState(plan, wave)),
  );
  const packages = [...waves].flatMap(([wave, ids]) => ids.map((id) => ({ wave, id })));
  const places = new Map(plan.packages.map(({ id }, at) => [id, at]));
  await inParallel(startedAtOnce, packages, async ({ wave, id }) => {
    const at = places.get(id) ?? 0;
    const pairs = [...common(wave), pair('package', id), pair('state', stateAt(at)), pair('risk', plan.packages[at]?.risk ?? 'low'), pair('team', 'finance')];
    await start(workflowTypes.rolePackage, packageWorkflowId(plan.plan, wave, id), pairs, () => packageState(plan, wave, id));
    await store.beginRelease({
      plan: plan.plan,
      wave,
      package: id,
      revision: 1,
      planDigest: 'a'.repeat(64),
      previewDigest: 'b'.repeat(64),
      change: 'release',
    });
  });
}

const pair = (key: keyof typeof searchAttributes, value: string): SearchAttributePair => ({
  key: defineSearchAttributeKey(searchAttributes[key], 'KEYWORD'),
  value,
});
