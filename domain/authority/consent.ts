/**
 * Who loses the right to decide when a plan changes. A change of who decides takes effect only with their consent, or by a site administrator with a reason: otherwise
 * anyone who may apply a plan could first appoint themselves and then decide alone.
 *
 * Compared is what a person could decide before: removing them counts, and so does letting somebody else decide in their place or without them. So does taking
 * a package or a wave out of the plan: its workflow goes on, and the next revision could bring it back without them.
 */
import type { Plan, RolePackage, Wave } from '../plan/schema.ts';

/** `what` follows the person's name: 'olga no longer owns …'. */
export interface Loss {
  person: string;
  what: string;
  /** In the plan, such as `packages[clerks].owner`. */
  where: string;
}

/** Of each package, everyone who decides on it may lose the right to decide: the people times the packages of a plan. Past this, nobody would read them. */
const mostLosses = 10_000;

/**
 * What nobody decides about any more. A wave that has ended holds nothing that it has released: who held back a package, or had to sign it, when its wave was ended
 * without releasing it goes on to.
 */
interface Over {
  /** Ended. */
  waves: readonly string[];
  /** Retired. One that comes back is in `before` as it was (see `withReturning`). */
  packages: readonly string[];
  /** Releases that have begun. */
  released: readonly { wave: string; package: string }[];
}
const nothing: Over = { waves: [], packages: [], released: [] };

/** `nowMs`: plan time; a delegation that has ended gives nobody a say. Undefined: the plan takes too many says at once. */
export function losesTheSay(before: Plan, after: Plan, nowMs: number, over: Over = nothing): Loss[] | undefined {
  const losses = new Map<string, Loss>();
  for (const some of lossesIn(before, after, nowMs, over)) {
    for (const loss of some) losses.set(JSON.stringify(loss), loss);
    if (losses.size > mostLosses) return undefined;
  }
  return [...losses.values()];
}

function* lossesIn(before: Plan, after: Plan, nowMs: number, over: Over): Generator<Loss[]> {
  const [ended, retired, released] = [new Set(over.waves), new Set(over.packages), new Set(over.released.map((one) => placeOf(one.wave, one.package)))];
  const isOver = (id: string) => (wave: Wave) => ended.has(wave.id) && released.has(placeOf(wave.id, id));
  yield operatorLosses(before, after);
  const [had, has] = [wavesByPackage(before), wavesByPackage(after)];
  for (const gone of notIn(after.packages, before.packages)) {
    // In a wave, so that the last revision that had it in one says who decides on it, should it come back.
    if (retired.has(gone.id) && had.has(gone.id)) continue;
    yield leavingLosses(before, gone);
    yield signingLosses(had.get(gone.id) ?? [], [], gone.id, isOver(gone.id));
  }
  for (const [was, is] of pairs(before.packages, after.packages)) {
    yield ownerLosses(after, was, is, nowMs);
    yield drillLosses(was, is);
    yield rollbackLosses(before, was, is);
    yield delegateLosses(before, after, was, is, nowMs);
    yield signingLosses(had.get(is.id) ?? [], has.get(is.id) ?? [], is.id, isOver(is.id));
  }
  for (const [was, is] of pairs(before.waves, after.waves)) yield holdLosses(was, is, `waves[${is.id}]`);
}

const placeOf = (wave: string, id: string) => JSON.stringify([wave, id]);

/** Of a revision, who decided on some packages. */
export type Deciding = Pick<Plan, 'packages' | 'waves' | 'delegates'>;

/** As little of it as that takes, so that none of many long revisions has to be kept. */
export function decidingOn(last: Plan, ids: readonly string[]): Deciding {
  const wanted = new Set(ids);
  return {
    packages: last.packages.filter(({ id }) => wanted.has(id)),
    waves: last.waves.flatMap((wave) => {
      const here = wave.packages.filter((entry) => wanted.has(entry.package));
      return here.length > 0 ? [{ ...wave, packages: here }] : [];
    }),
    // Who signs for an owner, too: a delegation that came while the package was away says nothing about it.
    delegates: last.delegates.flatMap((each) => {
      const known = each.packages && new Set(each.packages);
      const here = known ? ids.filter((id) => known.has(id)) : [...ids];
      return here.length > 0 ? [{ ...each, packages: here }] : [];
    }),
  };
}

/**
 * The plan with packages that come back, as the last revision that had them had them: those who decided on one are asked when it
 * is back, because they may not have been asked when it left.
 */
export function withReturning(before: Plan, returning: readonly Deciding[]): Plan {
  if (returning.length === 0) return before;
  const here = before.packages.map(({ id }) => id);
  return {
    ...before,
    packages: [...returning.flatMap(({ packages }) => packages), ...before.packages],
    // A wave may be there twice. Its hold is that of `before`, which comes last.
    waves: [...returning.flatMap(({ waves }) => waves), ...before.waves],
    delegates: [...returning.flatMap(({ delegates }) => delegates), ...before.delegates.map((each) => ({ ...each, packages: each.packages ?? here }))],
  };
}

function wavesByPackage({ waves }: Plan): Map<string, Wave[]> {
  const found = new Map<string, Wave[]>();
  for (const wave of waves)
    for (const id of new Set(wave.packages.map((entry) => entry.package))) {
      const some = found.get(id);
      if (some) some.push(wave);
      else found.set(id, [wave]);
    }
  return found;
}

/** Who has not agreed yet: everyone who loses the right to decide, without those who consented. Anyone who applies the plan consents by that. */
export const missingConsents = (losses: Loss[], consented: ReadonlySet<string>): Loss[] => losses.filter(({ person }) => !consented.has(person));

function notIn<T extends { id: string }>(others: T[], some: T[]): T[] {
  const known = new Set(others.map(({ id }) => id));
  return some.filter(({ id }) => !known.has(id));
}

/** Those that both have, by id. */
function pairs<T extends { id: string }>(before: T[], after: T[]): [T, T][] {
  const known = new Map(before.map((one) => [one.id, one]));
  return after.flatMap((is): [T, T][] => {
    const was = known.get(is.id);
    return was ? [[was, is]] : [];
  });
}

function without(people: string[], others: string[]): string[] {
  const known = new Set(others);
  return [...new Set(people)].filter((person) => !known.has(person));
}

const operatorLosses = (before: Plan, after: Plan): Loss[] =>
  without(before.operators, after.operators).map((person) => ({ person, what: 'is no longer an operator', where: 'operators' }));

/**
 * Another owner brings along who signs for them. A delegation for a package that is new asks nobody, and neither does an owner who is new there: so an owner to
 * whom a package is handed over is asked about it, and the one before is told who decides from then on.
 */
function ownerLosses(after: Plan, was: RolePackage, is: RolePackage, nowMs: number): Loss[] {
  if (was.owner === is.owner) return [];
  const { id, owner } = is;
  const signing = [...delegationsOf(after, is)].filter(([, until]) => until > nowMs);
  const names = signing.slice(0, mostNamed).map(([person]) => person);
  const too = [...names, ...(signing.length > mostNamed ? [`${signing.length - mostNamed} more`] : [])].join(', ');
  const instead = signing.length === 0 ? `${owner} does` : `${owner} does, for whom ${too} may sign`;
  return [
    { person: was.owner, what: `no longer owns '${id}'; ${instead}`, where: `packages[${id}].owner` },
    ...signing.map(([person, until]) => ({
      person: owner,
      what: `is not the only one who signs as the owner of '${id}': ${person} does too, until ${day(until)}`,
      where: `delegates (of ${owner})`,
    })),
  ];
}

const mostNamed = 5;

/** Everyone who decides on a package that leaves the plan. Who signs in its waves is in `signingLosses`; delegates sign for the owner, who is asked. */
function leavingLosses({ operators }: Plan, { id, owner, requires: { drill }, rollback, risk }: RolePackage): Loss[] {
  const where = `packages[${id}]`;
  const second = needsTwo({ rollback, risk }) ? operators : [];
  return [
    { person: owner, what: `no longer owns '${id}', because it leaves the plan`, where },
    ...(drill ? [{ person: drill.signedBy, what: `no longer signs the drill of '${id}', because it leaves the plan`, where }] : []),
    ...second.map((person) => ({ person, what: `is no longer one of two who approve a rollback of '${id}', because it leaves the plan`, where })),
  ];
}

const needsTwo = ({ rollback, risk }: Pick<RolePackage, 'rollback' | 'risk'>): boolean => rollback.secondPerson ?? risk === 'high';

function drillLosses({ requires: { drill: was } }: RolePackage, { id, requires: { drill: is } }: RolePackage): Loss[] {
  if (!was || was.signedBy === is?.signedBy) return [];
  const instead = is ? `; ${is.signedBy} does` : ', because it needs none';
  return [{ person: was.signedBy, what: `no longer signs the drill of '${id}'${instead}`, where: `packages[${id}].requires.drill` }];
}

function rollbackLosses({ operators }: Plan, was: RolePackage, is: RolePackage): Loss[] {
  const path = `packages[${is.id}].rollback`;
  const second = needsTwo(was) && !needsTwo(is) ? [...new Set([was.owner, ...operators])] : [];
  const automatic = was.rollback.approval === 'owner' && is.rollback.approval === 'automatic';
  return [
    ...second.map((person) => ({
      person,
      what: `is no longer one of two who approve a rollback of '${is.id}'; one person is enough`,
      where: `${path}.secondPerson`,
    })),
    ...(automatic ? [{ person: was.owner, what: `is no longer asked before a rollback of '${is.id}'`, where: `${path}.approval` }] : []),
  ];
}

/** Who may sign for the owner of a package, and until when. Another owner has other delegates (see `ownerLosses`). */
function delegateLosses(before: Plan, after: Plan, was: RolePackage, is: RolePackage, nowMs: number): Loss[] {
  if (was.owner !== is.owner) return [];
  const [had, has] = [delegationsOf(before, was), delegationsOf(after, is)];
  const end = (delegations: ReadonlyMap<string, number>, person: string) => Math.max(delegations.get(person) ?? -Infinity, nowMs);
  const where = `delegates (of ${is.owner})`;
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((person): Loss[] => {
    const [until, now] = [end(had, person), end(has, person)];
    if (now < until) return [{ person, what: `no longer signs for ${is.owner} on '${is.id}'${now > nowMs ? ` until ${day(until)}` : ''}`, where }];
    if (now > until)
      return [{ person: is.owner, what: `is no longer the only one who signs as the owner of '${is.id}': ${person} does too, until ${day(now)}`, where }];
    return [];
  });
}

function delegationsOf({ delegates }: Plan, { id, owner }: RolePackage): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { of, to, until, packages } of delegates)
    if (of === owner && (!packages || packages.includes(id))) ends.set(to, Math.max(ends.get(to) ?? -Infinity, until));
  return ends;
}

/**
 * Who signs a package in its waves, and holds it back there. In a wave that it comes into, or in which something else is done with it, everyone signs it who
 * signs it in a wave that is not over, and each hold that it is under goes with it, also where it stays in the wave on hold. Out of a wave, it takes their say:
 * otherwise it could leave with one revision, and come back in another wave with the next.
 */
function signingLosses(before: Wave[], after: Wave[], id: string, isOver: (wave: Wave) => boolean): Loss[] {
  const [had, has] = [deciding(before, isOver), deciding(after, isOver)];
  const came = has.filter((is) => changeOf(had, is.id, id) !== changeOf(has, is.id, id));
  const others = (all: Wave[], is: Wave) => all.filter((was) => was.id !== is.id);
  return [
    ...pairs(had, has).flatMap(([was, is]) => coSignerLosses(was, is, id)),
    ...came.flatMap((is) => others(had, is).flatMap((was) => [...coSignerLosses(was, is, id), ...holdLosses(was, is, `waves[${is.id}]`)])),
    ...(came.length === 0 ? notIn(has, had).flatMap((was) => outOfWaveLosses(was, has, id)) : []),
  ];
}

/** The waves whose people decide about a package: those that are not over, and after all of them the last one, which holds nothing back. */
function deciding(waves: Wave[], isOver: (wave: Wave) => boolean): Wave[] {
  const open = waves.filter((wave) => !isOver(wave));
  return open.length > 0 ? open : waves.slice(-1).map((wave) => ({ ...wave, status: 'scheduled' as const }));
}

/** What the wave does with the package; undefined: nothing. */
const changeOf = (waves: Wave[], wave: string, id: string) => waves.find((one) => one.id === wave)?.packages.find((entry) => entry.package === id)?.change;

const coSignerLosses = (was: Wave, is: Wave, id: string): Loss[] =>
  without(was.alsoSigns, is.alsoSigns).map((person) => ({ person, what: `no longer signs '${id}' in '${is.id}'`, where: `waves[${is.id}].alsoSigns` }));

/** `has`: the waves that the package is in still. Only who decides in all of them, too, loses nothing: each may end before something else is done with it. */
function outOfWaveLosses(was: Wave, has: Wave[], id: string): Loss[] {
  const where = `waves[${was.id}].packages`;
  const inNone = has.length === 0;
  const signers = was.alsoSigns.filter((person) => inNone || has.some((is) => !is.alsoSigns.includes(person)));
  const lifters = liftersOf(was).filter((person) => inNone || has.some((is) => holdLosses(was, is, where).some((loss) => loss.person === person)));
  return [
    ...signers.map((person) => ({
      person,
      what: inNone ? `no longer signs '${id}', because it is in no wave` : `no longer signs '${id}' in '${was.id}'`,
      where,
    })),
    ...lifters.map((person) => ({ person, what: `no longer holds back '${id}', because it leaves '${was.id}', which is on hold`, where })),
  ];
}

const liftersOf = ({ status, hold }: Wave): string[] => (status === 'on-hold' && hold ? hold.liftedBy : []);

/** Everyone who lifts a hold loses the right to decide where others can lift it without them, or fewer are enough. */
function holdLosses(was: Wave, is: Wave, where: string): Loss[] {
  if (was.status !== 'on-hold' || !was.hold) return [];
  const { liftedBy, approvals } = was.hold;
  const hold = is.status === 'on-hold' ? is.hold : undefined;
  if (!hold) return liftedBy.map((person) => ({ person, what: `no longer lifts the hold of '${was.id}', because '${is.id}' is not on hold`, where }));
  const removed = without(liftedBy, hold.liftedBy).map((person) => ({
    person,
    what: `no longer lifts the hold of '${is.id}'`,
    where: `${where}.hold.liftedBy`,
  }));
  const added = without(hold.liftedBy, liftedBy);
  const rest = without(
    liftedBy,
    removed.map(({ person }) => person),
  );
  if (hold.approvals < approvals)
    removed.push(
      ...rest.map((person) => ({
        person,
        what: `lifts the hold of '${is.id}' with fewer others: ${hold.approvals} instead of ${approvals}`,
        where: `${where}.hold.approvals`,
      })),
    );
  if (added.length > 0)
    removed.push(
      ...rest.map((person) => ({ person, what: `lifts the hold of '${is.id}' with others: ${added.join(', ')} may, too`, where: `${where}.hold.liftedBy` })),
    );
  return removed;
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
