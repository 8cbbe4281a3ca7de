/** Who is notified when nobody answers, and who is whose delegate. */
import { durationText } from '../../time/duration.ts';
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding } from '../places.ts';
import type { Rule } from './rule.ts';

/** People on call must be able to act; otherwise notifying them is useless. */
function* onCallMayAct(plan: DraftPlan): Generator<Finding> {
  const operators = new Set(plan.operators);
  if (operators.has(undefined)) return;
  for (const [at, person] of entriesOf(plan.notices?.onCall)) {
    if (!operators.has(person))
      yield {
        path: ['notices', 'onCall', at],
        say: () => `${quote(person)} is on call but may not act on any wave; name an operator, or add ${quote(person)} to operators`,
      };
  }
}

function* delegateBeforeOnCall(plan: DraftPlan): Generator<Finding> {
  for (const kind of ['usual', 'urgent'] as const) {
    const { delegateAfter, onCallAfter } = plan.notices?.[kind] ?? {};
    if (delegateAfter !== undefined && onCallAfter !== undefined && delegateAfter >= onCallAfter)
      yield {
        path: ['notices', kind],
        say: () =>
          `the delegate is notified after ${durationText(delegateAfter)} and the on-call after ${durationText(onCallAfter)}; the delegate comes first: make delegateAfter shorter than onCallAfter`,
      };
  }
}

/** A delegation passes on the rights of an owner, and an owner has rights on their own packages only. */
function* delegatesHaveRights(plan: DraftPlan): Generator<Finding> {
  const owners = new Map([...entriesOf(plan.packages)].map(([, { id, owner }]) => [id, owner]));
  const people = new Set([...entriesOf(plan.people)].map(([, { id }]) => id));
  // An unknown owner is reported elsewhere, and may be the person meant here.
  if ([...owners.values()].some((owner) => owner === undefined || !people.has(owner))) return;
  const owning = new Set(owners.values());
  for (const [index, { of, packages }] of entriesOf(plan.delegates)) {
    if (of === undefined) continue;
    if (!packages && !owning.has(of))
      yield {
        path: ['delegates', index, 'of'],
        say: () => `${quote(of)} owns no package, so a delegate of theirs has no rights; name an owner, or leave this out`,
      };
    for (const [at, name] of entriesOf(packages)) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== of)
        yield {
          path: ['delegates', index, 'packages', at],
          say: () => `${quote(name)} is owned by ${quote(owner)}, so a delegate of ${quote(of)} has no rights on it; name a package of ${quote(of)}`,
        };
    }
  }
}

export const noticeRules: Rule[] = [onCallMayAct, delegateBeforeOnCall, delegatesHaveRights];
