/** Grants that a release takes and that give more than the role: seen before people sign, because what is granted instead is a plain grant. */
import type { LegacyEntitlement } from '../plan/schema.ts';
import { pairKey, type Actual, type BeforeGrant } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { eachOf, sortedBy, type Sliced } from '../slices.ts';
import { givesMore } from './options.ts';

type LostOption = NonNullable<PreviewContent['lostOptions']>[number];

/** `old`: the roles that are retired. Sorted by role and person. */
export function* optionsLost(
  before: readonly BeforeGrant[],
  old: ReadonlySet<string>,
  drop: readonly BeforeGrant[],
  options: Actual['grantOptions'],
): Sliced<LostOption[]> {
  const ofPairs = new Map<string, BeforeGrant[]>();
  yield* eachOf([...before.filter(({ role }) => old.has(role)), ...drop], (grant) => {
    const same = ofPairs.get(pairKey(grant));
    if (same) same.push(grant);
    else ofPairs.set(pairKey(grant), [grant]);
  });
  const lost: LostOption[] = [];
  yield* eachOf([...ofPairs.values()], (grants) => {
    const form = givesMore(grants, options);
    const [first] = grants;
    if (form !== undefined && first) lost.push({ role: first.role, account: first.account, person: first.person, form });
  });
  return yield* sortedBy(lost, ({ role, person }) => `${role}\0${person}`);
}

/** Without names of people: those are in the rows. */
export function lostOptionLines(lost: LostOption[], legacy: readonly LegacyEntitlement[]): string[] {
  const rejected = new Set(legacy.flatMap(({ role, design }) => (design === 'rejected' ? [role] : [])));
  return [...Map.groupBy(lost, ({ role, form }) => JSON.stringify([role, form])).values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { role, form } = first;
    const whose = same.length === 1 ? '1 person holds' : `${same.length} people hold`;
    return [
      `${whose} '${role}' ${form}, which ${same.length === 1 ? 'this person loses' : 'they lose'} with it: what is granted instead cannot be passed on to others${rejected.has(role) ? ', and no rollback restores it' : ''}`,
    ];
  });
}
