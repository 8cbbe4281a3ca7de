/**
 * Entitlements that nobody may hold together: who of the people of a package holds or would hold both. Of two systems, each is read for itself, so that the
 * content of its preview says who holds what there, and the two are put together here.
 */
import { isExcepted, replacedIn, withinOf } from '../plan/incompatible-rules.ts';
import type { IncompatibleRule } from '../plan/schema.ts';
import { durationText } from '../time/duration.ts';
import type { Done } from '../release/done.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { IncompatibleCounts, TogetherClass } from './preview.ts';
import type { Stop } from '../views/stop.ts';

/** One person and one rule. */
export interface Together {
  rule: IncompatibleRule;
  person: string;
  is: TogetherClass;
  /** Caused or excepted only between the grant of the one and the end of the other, which the release takes away later. */
  meanwhile?: true;
  /** One of the two would go and stays, because another package or the site needs it. */
  stays?: true;
  /** They would have been switched: without them the release grants to the others, and refuses the new access to them alone. */
  refusedAlone?: true;
}

/** Of a preview, what rules are judged by. */
export type HeldByRules = Pick<PreviewContent, 'system' | 'entitlements' | 'legacy' | 'people' | 'roles' | 'others' | 'incompatible' | 'staying' | 'drop'>;

/**
 * As much of it as these rules need: `heldTogether` says the same of it. As long as the cohort and what its people hold, and no longer with everyone else who
 * holds the entitlements.
 */
export function neededFor(rules: readonly IncompatibleRule[], content: PreviewContent): HeldByRules {
  const { system, people, entitlements, legacy, roles, others, incompatible, staying, drop } = content;
  const named = new Set(rules.flatMap((rule) => rule.entitlements.flatMap((one) => (one.system === system ? [one.role] : []))));
  const isNamed = ({ role }: { role: string }) => named.has(role);
  const dropped = drop?.filter(isNamed);
  const pairOf = ({ role, account }: { role: string; account: string }) => JSON.stringify([role, account]);
  const pairs = new Set(dropped?.map(pairOf));
  return {
    system,
    people: people.map(({ person, account }) => ({ person, account })),
    entitlements: entitlements.filter(isNamed),
    legacy: legacy.filter(isNamed),
    roles: roles.filter(isNamed),
    others: others.filter((one) => isNamed(one) && pairs.has(pairOf(one))),
    ...(incompatible ? { incompatible: incompatible.filter(isNamed) } : {}),
    ...(staying ? { staying: staying.filter(isNamed) } : {}),
    ...(dropped ? { drop: dropped } : {}),
  };
}

/**
 * Every person who holds both entitlements of a rule, or would. A rule with a system that is not among the contents is left out: nothing is known of it.
 * `nowMs`: in plan time, for exceptions that end. `done`: what the release did, for the same numbers afterwards.
 */
export function heldTogether(rules: IncompatibleRule[], contents: readonly HeldByRules[], nowMs: number, done?: readonly Done[]): Together[] {
  const sides = new Map(contents.map((content) => [content.system, sidesOf(content, done)]));
  return rules.flatMap((rule) => {
    const [one, other] = rule.entitlements.map(({ system, role }) => sides.get(system)?.(role));
    if (!one || !other) return [];
    const both = (when: 'before' | 'after') => intersection(one[when], other[when]);
    const [before, after] = [both('before'), both('after')];
    // Access is granted before the old one goes: unless they are switched, people hold both in between.
    const replaced = new Set([...exchanged(one, other), ...exchanged(other, one)].filter((person) => !before.has(person)));
    const switches = isSwitch(rule, contents);
    return [...new Set([...before, ...after, ...replaced])].sort().map((person): Together => {
      const holds = after.has(person);
      if (replaced.has(person)) {
        if (isExcepted(rule, person, nowMs)) return { rule, person, is: 'excepted', meanwhile: true };
        return switches ? { rule, person, is: 'switched' } : { rule, person, is: 'caused', meanwhile: true };
      }
      const is = before.has(person) ? (holds ? 'existing' : 'resolved') : isExcepted(rule, person, nowMs) ? 'excepted' : 'caused';
      const stays = holds && (one.stays.has(person) || other.stays.has(person));
      return { rule, person, is, ...(stays ? { stays } : {}), ...(stays && switches ? { refusedAlone: true } : {}) };
    });
  });
}

/** Whether the release retires one of its entitlements and grants the other, in the same system. */
const isSwitch = (rule: IncompatibleRule, contents: readonly HeldByRules[]): boolean =>
  contents.some((content) => replacedIn([rule], content, content.system).length > 0);

/** Who holds the one before, and only the other afterwards. */
const exchanged = (one: Side, other: Side): string[] => [...one.before].filter((person) => other.after.has(person) && !one.after.has(person));

interface Side {
  before: ReadonlySet<string>;
  after: ReadonlySet<string>;
  /** Of whom the release would take it, and does not. */
  stays: ReadonlySet<string>;
}

/** Who of the people holds a role of the system before the release and after it. */
function sidesOf(
  { system, entitlements, legacy, people, roles, incompatible = [], others, drop = [], staying = [] }: HeldByRules,
  done?: readonly Done[],
): (role: string) => Side {
  const holders = new Map(incompatible.map((each) => [each.role, new Set(each.holders)]));
  const existing = new Set(roles.filter(({ exists }) => exists).map(({ role }) => role));
  const pair = (role: string, who: string) => JSON.stringify([role, who]);
  // Of a dropped grant another one of the same pair may stay, by another grantor.
  // Of a hundred thousand others, only these few are asked about.
  const asked = new Set([...drop, ...people].map(({ account }) => account));
  const byAnother = new Set(others.flatMap(({ role, account }) => (asked.has(account) ? [pair(role, account)] : [])));
  const dropped = new Set(drop.filter(({ role, account }) => !byAnother.has(pair(role, account))).map(({ role, person }) => pair(role, person)));
  const here = done?.filter((entry) => entry.system === system);
  const pairsThat = (what: Done['did'][]) => new Set(here?.filter(({ did }) => what.includes(did)).map(({ role, person }) => pair(role, person)));
  const [granted, retired] = [pairsThat(['created', 'preexisting']), pairsThat(['retired'])];
  const isGranted = new Set(entitlements.map(({ role }) => role));
  const isRetired = new Set(legacy.map(({ role }) => role));
  const staysOf = Map.groupBy(staying, ({ role }) => role);
  return (role) => {
    const stays = new Set(staysOf.get(role)?.map(({ person }) => person));
    const before = holders.get(role) ?? new Set<string>();
    const planned = ({ person }: { person: string }) =>
      (isGranted.has(role) && existing.has(role)) || (before.has(person) && (stays.has(person) || (!isRetired.has(role) && !dropped.has(pair(role, person)))));
    const happened = ({ person, account }: { person: string; account: string }) =>
      granted.has(pair(role, person)) || (before.has(person) && !(retired.has(pair(role, person)) && !byAnother.has(pair(role, account))));
    return { before, after: new Set(people.filter(here ? happened : planned).map(({ person }) => person)), stays };
  };
}

function intersection(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((each) => other.has(each)));
}

/** By rule, in the order of the plan; rules that concern nobody are left out. */
export function togetherCounts(found: readonly Together[]): IncompatibleCounts[] {
  return [...Map.groupBy(found, ({ rule }) => rule.id)].map(([rule, all]) => {
    const number = (is: TogetherClass) => all.filter((each) => each.is === is).length;
    const switched = number('switched');
    const stays = all.filter((each) => each.is === 'caused' && each.stays).length;
    return {
      rule,
      existing: number('existing'),
      caused: number('caused'),
      excepted: number('excepted'),
      resolved: number('resolved'),
      ...(switched > 0 ? { switched } : {}),
      ...(stays > 0 ? { stays } : {}),
    };
  });
}

const rulesCarried = 20;

/** As many as a workflow carries for a package, those first that stop it; the others are added up as one, under a name that no rule has. */
export function carriedCounts(counts: readonly IncompatibleCounts[]): IncompatibleCounts[] {
  if (counts.length <= rulesCarried) return [...counts];
  const sorted = counts.toSorted((one, other) => Number(other.caused > 0) - Number(one.caused > 0));
  const rest = sorted.slice(rulesCarried - 1);
  const sum = (each: TogetherClass | 'stays') => rest.reduce((total, one) => total + (one[each] ?? 0), 0);
  const others = {
    rule: `${rest.length} other rules`,
    existing: sum('existing'),
    caused: sum('caused'),
    excepted: sum('excepted'),
    resolved: sum('resolved'),
    ...(sum('switched') > 0 ? { switched: sum('switched') } : {}),
    ...(sum('stays') > 0 ? { stays: sum('stays') } : {}),
  };
  return [...sorted.slice(0, rulesCarried - 1), others];
}

/** Rules that stop the release: what it would cause, and no exception covers. */
export const causedStops = (counts: readonly IncompatibleCounts[]): Stop[] =>
  counts.flatMap(({ rule, caused, stays = 0 }): Stop[] =>
    caused === 0
      ? []
      : [
          {
            code: 'incompatible',
            rule,
            people: caused,
            text: `${caused === 1 ? '1 person' : `${caused} people`} would hold both entitlements of '${rule}', which nobody may hold together: take them out of the cohort, have one of the two revoked first, or name an exception in the plan${stays > 0 ? `. ${staysText(stays, caused)}` : ''}`,
          },
        ],
  );

const staysText = (stays: number, caused: number): string =>
  `The old access${caused === 1 ? '' : ` of ${stays} of them`} stays: another package or the site needs it`;

/** 'order-and-pay: 1 caused, 2 existing'; the classes with nobody are left out. */
export const countsText = ({ rule, ...counts }: IncompatibleCounts): string =>
  `${rule}: ${(['caused', 'excepted', 'existing', 'resolved', 'switched'] as const).flatMap((each) => ((counts[each] ?? 0) > 0 ? [`${counts[each]} ${each}`] : [])).join(', ') || 'nobody'}`;

const words: Record<TogetherClass, string> = {
  existing: 'holds both already, and the release does not change that',
  caused: 'would hold both by this release, which stops it',
  excepted: 'would hold both by this release, and the plan names an exception',
  resolved: 'holds both, and no longer does after this release',
  switched: 'is switched from one to the other, and never holds both',
};

const wordsMeanwhile: Record<TogetherClass, string> = {
  ...words,
  caused: 'would hold both by this release until the old one is retired, which stops it',
  excepted: 'would hold both by this release until the old one is retired, and the plan names an exception',
};

/** Why a row of a preview is there: the rule, its reason and what the release does about it. */
export function togetherText({ rule, person, is, meanwhile, stays }: Together): string {
  const [one, other] = rule.entitlements.map(({ system, role }) => `'${role}' in ${system}`);
  const exception = is === 'excepted' ? rule.exceptions?.find((each) => each.person === person)?.reason : undefined;
  const within = is === 'switched' ? `, and holds neither for ${durationText(withinOf(rule))} at most` : '';
  const because = stays ? ', because one of the two stays, which another package or the site needs' : '';
  return `${meanwhile ? wordsMeanwhile[is] : words[is]}${because}${within}${exception === undefined ? '' : ` (${exception})`}: ${one} and ${other} (${rule.id}: ${rule.reason})`;
}
