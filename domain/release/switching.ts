/**
 * Switching people from old to new access that nobody may hold together: who is switched, person by person, and which switches have begun and not ended. A unit is
 * reversible: what it took is given back if the other access does not come.
 */
import type { WantedGrant } from './granting.ts';
import { next, type LedgerFact, type SwitchEnd } from './facts.ts';
import { byIdentity, grantKey, identified, pairKey, type Actual, type Held, type LedgerEntry } from './ledger.ts';
import type { Retirement } from './retiring.ts';

/** One role replaces the other. `lets`: who may hold both, by an exception of the plan. */
export interface RolePair {
  old: string;
  new: string;
  withinMs: number;
  lets(person: string): boolean;
}

/** One person: first all of `retire` goes, then all of `grant` comes. */
export interface SwitchUnit {
  person: string;
  account: string;
  retire: Retirement[];
  grant: WantedGrant[];
  /** The shortest of its rules. */
  withinMs: number;
}

export interface Switches {
  units: SwitchUnit[];
  /** Of people who hold nothing that these replace. */
  plain: WantedGrant[];
  /** The person holds old access that the release may not revoke. */
  blocked: { grant: WantedGrant; why: string }[];
}

/** `retirements`: what the release may revoke now, of these roles. `now`: who holds the old roles. */
export function switchesOf(wanted: WantedGrant[], pairs: readonly RolePair[], retirements: Retirement[], now: Pick<Actual, 'grants' | 'roles'>): Switches {
  const held = byIdentity(now.grants);
  const ids = new Map(now.roles.map(({ role, id }) => [role, id]));
  const byRoleAndAccount = new Map(retirements.map((retirement) => [pairKey(retirement.entry), retirement]));
  const oldOf = Map.groupBy(pairs, (pair) => pair.new);
  const plain: WantedGrant[] = [];
  const blocked: Switches['blocked'] = [];
  const units = new Map<string, SwitchUnit>();
  for (const grant of wanted) {
    const heldOld = (oldOf.get(grant.role) ?? [])
      .filter((pair) => !pair.lets(grant.person))
      .flatMap((pair) => {
        const grants = held({ role: pair.old, account: grant.account, roleId: ids.get(pair.old), accountId: grant.accountId });
        return grants.length > 0 ? [{ pair, grants }] : [];
      });
    if (heldOld.length === 0) {
      plain.push(grant);
      continue;
    }
    const retired = heldOld.map(({ pair, grants }) => ({
      pair,
      grants,
      retirement: byRoleAndAccount.get(pairKey({ role: pair.old, account: grant.account })),
    }));
    const stays = retired.find(({ grants, retirement }) => !retirement || !isAllOf(grants, retirement.grants));
    if (stays) {
      blocked.push({ grant, why: staysText(stays.pair.old) });
      continue;
    }
    const unit = units.get(grant.account) ?? { person: grant.person, account: grant.account, retire: [], grant: [], withinMs: Infinity };
    units.set(grant.account, unit);
    unit.grant.push(grant);
    for (const { pair, retirement } of retired) {
      unit.withinMs = Math.min(unit.withinMs, pair.withinMs);
      if (retirement && !unit.retire.includes(retirement)) unit.retire.push(retirement);
    }
  }
  return { units: [...units.values()], plain, blocked };
}

export const staysText = (old: string, why = 'it is held in another form than was signed, or this release does not retire it'): string =>
  `'${old}' stays (${why}), and nobody may hold both`;

function isAllOf(held: Held[], revoked: Held[]): boolean {
  const keys = new Set(revoked.map(grantKey));
  return held.every((grant) => keys.has(grantKey(grant)));
}

/** What one person was left without: a switch that has begun and not ended. */
export interface OpenSwitch {
  person: string;
  account: string;
  /** What was taken first, and is not given back. */
  taken: LedgerEntry[];
  sinceMs: number;
  untilMs: number;
  /** Tells it from another switch of the same person. */
  fact: number;
}

/** By person; real times. */
export function openSwitches(ledger: readonly LedgerEntry[]): OpenSwitch[] {
  const open = ledger.filter(({ switching }) => switching !== undefined);
  return [...Map.groupBy(open, ({ account }) => account)].flatMap(([account, taken]) => {
    const sinceMs = Math.min(...taken.map(({ switching }) => switching?.sinceMs ?? Infinity));
    const untilMs = Math.min(...taken.map(({ switching }) => (switching ? switching.sinceMs + switching.withinMs : Infinity)));
    const [first] = taken;
    return first
      ? [
          {
            person: first.person,
            account,
            taken,
            sinceMs,
            untilMs,
            fact: first.switching?.fact ?? 0,
          },
        ]
      : [];
  });
}

/** How much of an access a person holds now. `unseen`: Rolewave made it, and it is not there when it is read back. */
export type Part = 'none' | 'unseen' | 'some' | 'all';

/** Where a person stands who is being switched: `from` what was taken first, `to` what comes instead. In a rollback, from new to old access. */
export interface Between {
  from: Exclude<Part, 'unseen'>;
  to: Part;
  /** Rolewave made some of `to`. */
  isOurs: boolean;
  /** That may be taken again: the system has not refused it. */
  mayUndo: boolean;
  /** `to` may still come: the release grants it, and the system has not refused it. */
  mayBring: boolean;
  /** Some of `from` is owed, and the system has not refused to give it back. */
  mayBringBack: boolean;
  /** The person has been without either for as long as the plan allows. */
  isOver: boolean;
}

/** `undo`: what Rolewave made of `to` goes. `end`: the person has `to`; `endBack`: they have `from`. `alarm`: nothing can be done, and a person decides. */
export type SwitchStep = 'bring' | 'undo' | 'bringBack' | 'end' | 'endBack' | 'alarm';

/** From what is really held. Nothing ever comes beside the other access, and a switch ends only with access that is there. */
export function nextStep({ from, to, isOurs, mayUndo, mayBring, mayBringBack, isOver }: Between): SwitchStep {
  const undo = mayUndo ? 'undo' : 'alarm';
  if (from !== 'none') {
    if (to !== 'none' && isOurs) return undo;
    // Somebody else's stands beside it: nothing more comes, and nothing of it is Rolewave's to take.
    if (to !== 'none' || from === 'all') return 'endBack';
    return mayBringBack ? 'bringBack' : 'alarm';
  }
  if (to === 'all') return 'end';
  if (mayBring && (!isOver || !mayBringBack)) return 'bring';
  if (to === 'none') return mayBringBack ? 'bringBack' : 'alarm';
  if (mayBringBack && isOurs) return undo;
  return to === 'some' ? 'end' : 'alarm';
}

/** How a switch stands in the system, by identity: all of the new access is there, and none, some or all of the old. */
export function standing(unit: { grant: WantedGrant[]; old: LedgerEntry[] }, now: Pick<Actual, 'grants'>): { isNewThere: boolean; oldHeld: LedgerEntry[] } {
  const held = byIdentity(now.grants);
  return {
    isNewThere: unit.grant.length > 0 && unit.grant.every((grant) => held(grant).length > 0),
    oldHeld: unit.old.filter((entry) => held(identified(entry, [...entry.taken, ...entry.made])).length > 0),
  };
}

/** Closes the switch of these entries. */
export const endSwitch = (entries: LedgerEntry[], to: SwitchEnd, by: string): LedgerFact[] =>
  entries.filter(({ switching }) => switching !== undefined).map((entry) => next(entry, by, { did: 'switched', to }));

/** How many people were switched, and back, and how long they held neither access. */
export interface SwitchCounts {
  /** Switched from old to new access. */
  people: number;
  /** Switched back, because the new access did not come or the release was rolled back. */
  back: number;
  /** The longest time that one person held neither; milliseconds. */
  longestMs: number;
  /** People who held neither for longer than the plan allows, and those who hold neither now. */
  late: number;
}

/** Undefined: nobody was switched. `nowMs`: real time. */
export function switchCounts(entries: readonly Pick<LedgerEntry, 'account' | 'switched' | 'switching' | 'system'>[], nowMs: number): SwitchCounts | undefined {
  const people = [
    ...Map.groupBy(
      entries.filter(({ switched, switching }) => switched !== undefined || switching !== undefined),
      ({ system, account }) => JSON.stringify([system, account]),
    ).values(),
  ];
  if (people.length === 0) return undefined;
  const longest = (all: (typeof people)[number]) =>
    Math.max(...all.map(({ switched, switching }) => Math.max(switched?.withoutMs ?? 0, switching ? nowMs - switching.sinceMs : 0)));
  const isBack = (all: (typeof people)[number]) => all.some(({ switched }) => switched !== undefined && switched.to !== 'new');
  const isOpen = (all: (typeof people)[number]) => all.some(({ switching }) => switching !== undefined);
  const isLate = (all: (typeof people)[number]) =>
    all.some(({ switched, switching }) => switched?.isLate === true || (switching !== undefined && nowMs > switching.sinceMs + switching.withinMs));
  return {
    people: people.filter((all) => !isBack(all) && !isOpen(all)).length,
    back: people.filter((all) => isBack(all)).length,
    longestMs: Math.max(...people.map(longest)),
    late: people.filter(isLate).length,
  };
}
