/** The people of now in one system: those who were signed for, without those who left the cohort, and with those who joined an open one. */
import { changedAccounts, exceeded, limitIn } from '../domain/access/blast-radius.ts';
import { accountsIn } from '../domain/access/build-preview.ts';
import { joinedBefore, withoutLegacyOf, withPeople } from '../domain/access/cohort.ts';
import { brokenRule, joining, type Joining } from '../domain/access/joining.ts';
import { pairKey, type LedgerEntry } from '../domain/release/ledger.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { rulesOf } from '../domain/plan/incompatible-rules.ts';
import type { IncompatibleRule } from '../domain/plan/schema.ts';
import { accountRefusal } from '../domain/site/rights.ts';
import type { Connector } from '../connectors/connector.ts';
import type { CohortOfRelease } from './cohort.ts';
import { asideOf, openSystem, type ActivityDeps } from './deps.ts';
import { asking } from './failures.ts';
import { laterDeciders } from './past-deciders.ts';
import { contentOf, type LoadedRelease } from './release.ts';
import { refuseReading } from './site-refusals.ts';

export interface PeopleNow {
  /** What effects and drift go by. */
  content: PreviewContent;
  /** With those who left. */
  everybody: PreviewContent;
  joiners: Joining;
}

const nobodyJoins: Joining = { people: [], refused: [] };

/** `cohort` undefined: as it was signed. Reads the system only where somebody joined. */
export async function peopleNow(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  system: string,
  cohort: CohortOfRelease | undefined,
  { connector, ledger }: { connector: Connector; ledger: LedgerEntry[] },
): Promise<PeopleNow> {
  const signed = contentOf(loaded, system);
  if (!cohort) return { content: signed, everybody: signed, joiners: nobodyJoins };
  const before = joinedBefore(signed, ledger);
  const everybody = withPeople(signed, new Set(), before);
  // Whom an earlier attempt gave nothing is judged again, by the facts of now.
  const reached = new Set(ledger.flatMap((entry) => (entry.kind === 'grant' && isSettled(entry) ? [entry.person] : [])));
  const members = withPeople(
    signed,
    new Set(),
    before.filter(({ person }) => reached.has(person)),
  );
  const joiners = await joinersIn(deps, loaded, members, cohort, connector);
  return { content: withPeople(withoutLegacyOf(members, cohort.left), cohort.left, joiners.people), everybody, joiners };
}

/** Something was granted or found, may have been, or was taken from them by a tune. */
const isSettled = ({ granted, found, pending, withdrawn }: LedgerEntry): boolean => granted || withdrawn || found.length > 0 || pending.length > 0;

async function joinersIn(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  everybody: PreviewContent,
  cohort: CohortOfRelease,
  connector: Connector,
): Promise<Joining> {
  const { system } = everybody;
  const { plan, section, rolePackage } = loaded;
  const known = new Set(everybody.people.map(({ person }) => person));
  const joiners = cohort.joined.filter((person) => !known.has(person));
  if (joiners.length === 0 || section.change === 'observe' || everybody.cohort?.joiners === 'notInPilot') return nobodyJoins;
  const closed = 'the cohort is not open: release it to them by a revision';
  if (everybody.cohort?.joiners !== 'granted') return { people: [], refused: joiners.map((person) => ({ person, why: closed })) };
  const joined = joiners.map((person) => ({ person, account: accountsIn(plan, system)(person) }));
  const now = await asking(system, () =>
    connector.snapshot(
      everybody.roles.map(({ role }) => role),
      joined.map(({ account }) => account),
      undefined,
      [],
      true,
    ),
  );
  const changed = changedAccounts(everybody);
  const limit = limitIn(plan, system);
  const counting = asideOf(connector, 'comparisons');
  const accounts =
    limit?.maxPercent === undefined || !counting.accountCount ? undefined : await asking(system, () => counting.accountCount?.() ?? Promise.resolve(0));
  const radius = { ...limit, ...(accounts === undefined ? {} : { accounts }) };
  return joining(joined, {
    deciders: new Set(section.duties.site.signerMayBeGranted ? [] : [...section.duties.receivers, ...(await decidingNow(deps, loaded))]),
    taken: new Map(everybody.people.map(({ person, account }) => [account, person])),
    accounts: new Map(now.accounts.map(({ account, id }) => [account, id])),
    denied: (account) => accountRefusal(deps.site(), system, account),
    breaks: await rulesBroken(deps, loaded, rulesOf(plan, rolePackage), joiners),
    tooMany: (more) => exceeded(system, { ...radiusOf(radius), people: changed.size + more })[0]?.text,
  });
}

/** By a later revision than the released one: who orders what joiners are to get is no joiner. */
async function decidingNow(deps: ActivityDeps, loaded: LoadedRelease): Promise<string[]> {
  const latest = (await deps.store.newestRevisionNumber(loaded.plan.plan)) ?? loaded.revision.number;
  return (await laterDeciders(deps, { ...loaded, latest }, loaded.rolePackage.id))?.people ?? [];
}

const radiusOf = ({ accounts, maxPeople, maxPercent }: { accounts?: number; maxPeople?: number | undefined; maxPercent?: number | undefined }) => ({
  ...(accounts === undefined ? {} : { accounts }),
  ...(maxPeople === undefined ? {} : { maxPeople }),
  ...(maxPercent === undefined ? {} : { maxPercent }),
});

/** Reads who of them holds the other side of each rule, in whatever system it is. */
async function rulesBroken(
  deps: ActivityDeps,
  { plan, rolePackage, planNowMs }: LoadedRelease,
  rules: IncompatibleRule[],
  people: string[],
): Promise<(person: string) => IncompatibleRule | undefined> {
  if (rules.length === 0) return () => undefined;
  const granted = new Set(rolePackage.entitlements.map(sideKey));
  const others = rules.flatMap(({ entitlements }) => entitlements).filter((one) => !granted.has(sideKey(one)));
  const holders = new Set<string>();
  for (const [system, sides] of Map.groupBy(others, (one) => one.system)) {
    const accountOf = accountsIn(plan, system);
    refuseReading(
      deps.site(),
      plan.plan,
      system,
      sides.map(({ role }) => role),
    );
    const connector = await openSystem(deps, plan, system);
    const { grants } = await asking(system, () =>
      connector.snapshot([...new Set(sides.map(({ role }) => role))], [...new Set(people.map(accountOf))], undefined, [], true),
    );
    const held = new Set(grants.map(pairKey));
    for (const { role } of sides)
      for (const person of people) if (held.has(pairKey({ role, account: accountOf(person) }))) holders.add(JSON.stringify([system, role, person]));
  }
  return (person) =>
    brokenRule(rules, person, planNowMs, {
      grants: (one) => granted.has(sideKey(one)),
      holds: ({ system, role }) => holders.has(JSON.stringify([system, role, person])),
    });
}

const sideKey = ({ system, role }: { system: string; role: string }): string => JSON.stringify([system, role]);
