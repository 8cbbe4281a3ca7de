/** What lists and Temporal's UI can be filtered by. */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { withoutMisleading } from '../../domain/misleading-text.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import type { RolePackageInput } from '../../domain/plan/section.ts';
import type { PackageState } from '../../domain/states.ts';
import type { CarriedWaveView } from '../../domain/views/texts.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');
const keys = Object.fromEntries(Object.entries(searchAttributes).map(([key, name]) => [key, keyword(name)])) as Record<
  keyof typeof searchAttributes,
  ReturnType<typeof keyword>
>;

/** Undefined when nothing changed, because each upsert is a history event. */
export function waveAttributes(view: Pick<CarriedWaveView, 'plan' | 'wave' | 'stage'>): SearchAttributePair[] | undefined {
  if (workflowInfo().typedSearchAttributes.get(keys.stage) === view.stage) return undefined;
  return [
    { key: keys.plan, value: view.plan },
    { key: keys.wave, value: view.wave },
    { key: keys.stage, value: view.stage },
  ];
}

export function packageAttributes(input: RolePackageInput, state: PackageState): SearchAttributePair[] {
  return [
    { key: keys.plan, value: input.plan },
    { key: keys.wave, value: input.wave },
    { key: keys.package, value: input.section.package.id },
    { key: keys.state, value: state },
    { key: keys.risk, value: input.section.package.risk },
    { key: keys.team, value: withoutMisleading(input.section.team) },
  ];
}

/** As waveAttributes, for a released package. */
export function changedPackageAttributes(input: RolePackageInput, state: PackageState): SearchAttributePair[] | undefined {
  return workflowInfo().typedSearchAttributes.get(keys.state) === state ? undefined : packageAttributes(input, state);
}
