/** Names of accounts and entitlements: each must be one that its system can have. */
import { each, entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import type { Site, SystemKind } from '../../site/schema.ts';
import { systemKinds } from '../../site/system-kinds.ts';

type What = 'an account' | 'a role';

export function* namesInSystems(plan: DraftPlan, site: Site): Generator<Finding> {
  const kinds = new Map(site.systems.map(({ id, kind }) => [id, kind]));
  const mistake = function* (what: What, name: unknown, system: string | undefined, path: Path): Generator<Finding> {
    const kind = kinds.get(system ?? '');
    const why = kind === undefined || typeof name !== 'string' ? undefined : mistakeIn(kind, what, name);
    if (why !== undefined) yield { path, say: () => `${quote(name)} cannot be ${what} in ${quote(system)}: it ${why}` };
  };
  for (const [index, { accounts }] of entriesOf(plan.people)) {
    for (const [system, account] of Object.entries(accounts ?? {})) yield* mistake('an account', account, system, ['people', index, 'accounts', system]);
  }
  for (const list of ['packages[].entitlements[]', 'packages[].legacy[]', 'incompatible[].entitlements[]']) {
    for (const { value, path } of each(plan, list)) {
      const { system, role } = value as { system?: string; role?: string };
      yield* mistake('a role', role, system, [...path, 'role']);
    }
  }
}

function mistakeIn(kind: SystemKind, what: What, name: string): string | undefined {
  const { nameMistake, entitlementMistake = nameMistake } = systemKinds[kind];
  return what === 'a role' ? entitlementMistake(name) : nameMistake(name);
}
