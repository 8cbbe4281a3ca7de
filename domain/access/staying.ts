/** Access that a release would take and that stays all the same, because another package or the site needs it: seen before people sign, by what decides it at the release. */
import { replacedIn } from '../plan/incompatible-rules.ts';
import type { IncompatibleRule } from '../plan/schema.ts';
import type { LedgerFact } from '../release/facts.ts';
import { pairKey } from '../release/ledger.ts';
import type { PreviewContent, StayingAccess } from '../release/signed-preview.ts';

/** Of the facts that a release would record; sorted by role and person. */
export const stayingOf = (facts: readonly LedgerFact[]): StayingAccess[] =>
  facts
    .flatMap(({ role, account, person, fact }) => (fact.did === 'kept' ? [{ role, account, person, why: fact.why }] : []))
    .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));

const sortKey = ({ role, person }: StayingAccess): string => `${role}\0${person}`;

/**
 * The content with this access, and one conflict for each role and reason. `rules`: those that concern the package. An exception counts here whatever its end, so
 * that the content does not depend on when it is read.
 */
export function withStaying(content: PreviewContent, staying: StayingAccess[], rules: readonly IncompatibleRule[]): PreviewContent {
  if (staying.length === 0) return content;
  const pairs = replacedIn(rules, content, content.system);
  const held = new Set(content.before.map(pairKey));
  const isSwitched = ({ role, account, person }: StayingAccess) =>
    pairs.some(
      (pair) => pair.old === role && !held.has(pairKey({ role: pair.new, account })) && pair.rule.exceptions?.some((each) => each.person === person) !== true,
    );
  const lines = [...Map.groupBy(staying, (one) => JSON.stringify([one.role, one.why, isSwitched(one)])).values()].flatMap((same) => {
    const [first] = same;
    return first ? [stayingText(first, same.length, isSwitched(first))] : [];
  });
  return { ...content, staying, conflicts: [...content.conflicts, ...lines] };
}

/** Without names of people: those are in the rows. A workflow keeps the first 250 characters. */
function stayingText({ role, why }: StayingAccess, people: number, isSwitched: boolean): string {
  const whose = people === 1 ? '1 person' : `${people} people`;
  return isSwitched
    ? `'${role}' of ${whose} stays (${why}), so ${people === 1 ? 'this person' : 'they'} cannot be switched: take them out of the cohort, name an exception in the plan, or wait until nothing keeps it`
    : `'${role}' of ${whose} stays (${why}): it is retired only if nothing keeps it any more at the release`;
}
