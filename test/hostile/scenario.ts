/** Scenarios: who may do what, who holds what, what is released, and what administrators do to it meanwhile. All of it is drawn by fast-check, and shrinks. */
import * as fc from 'fast-check';

export const administrators = ['kim', 'dba'] as const;
export const people = ['ann', 'ben', 'cem', 'dea'] as const;
export const roleNames = ['clerk', 'reader', 'old_reader', 'old_admin'] as const;

/** What a package does with a role; `rejected`: legacy that no rollback restores. */
export type Use = 'grant' | 'legacy' | 'rejected' | 'none';

export interface PackageSetup {
  /** One for each of `roleNames`. */
  uses: Use[];
  /** Indexes of people. */
  cohort: number[];
}

/** What an administrator does. `role` and `account` are indexes; `by`: whose name the grant carries, `own` for Rolewave's or its group's. */
export type Act =
  | { do: 'grant'; role: number; account: number; by: 'kim' | 'dba' | 'own'; admin: boolean }
  /** The `nth` of those that are held. */
  | { do: 'revoke' | 'revokeAndGrantAgain'; role: number; account: number; nth: number }
  /** Passes the role on to another account, so that the first cannot be revoked alone. */
  | { do: 'passOn'; role: number; account: number }
  | { do: 'lock' | 'unlock' | 'dropAccount' | 'recreateAccount' | 'renameAccount' | 'swapAccounts'; account: number }
  | { do: 'widen' | 'narrowAgain' | 'dropRole' | 'recreateRole' | 'renameRole'; role: number }
  /** Rolewave's right to grant: taken for a while, with everything that hangs on it where it cascades. */
  | { do: 'takeRight'; role: number; cascade: boolean }
  | { do: 'returnRight' }
  | { do: 'renameLogin' }
  | { do: 'endSessions' }
  /** The same members are written anew, as tools do that synchronise. */
  | { do: 'rewriteMembers'; role: number }
  /** What Rolewave asks next waits: for a lock of another session, or on the line. */
  | { do: 'holdUp'; forMs: number }
  /** Rolewave's grant waits, and meanwhile the role becomes another. */
  | { do: 'widenMeanwhile'; role: number; forMs: number };

export type Op = 'verify' | 'retire' | 'reconcile' | 'grantMissing' | 'retireLegacy' | 'narrow' | 'tighten' | 'rollback';

/** Where a worker's process is killed (SIGKILL): at a boundary of the activity, or in its n-th batch. `in the commit`: while the system carries it out. */
export interface Kill {
  batch: number;
  at: 'at the start' | 'before the record' | 'after the record' | 'in the commit' | 'after the commit' | 'at the end';
  /** Temporal runs it again, unless it was cancelled. */
  again: boolean;
}

/**
 * Acts in the middle of an activity: before its n-th batch is asked for, when it is recorded and about to be committed, or when its n-th request is on the
 * line, before the system has it.
 */
export interface During {
  at: 'call' | 'record' | 'request';
  nth: number;
  acts: Act[];
}

/**
 * What becomes of the n-th answer of an attempt: the line is cut before it or inside it, it is late, or it comes twice. `again`: the n-th request comes twice, as
 * gateways send it again when they have waited long enough.
 */
export interface Fault {
  answer: number;
  is: 'cut' | 'cutInside' | 'late' | 'twice' | 'again';
}

export interface Step {
  /** Index of the package. The first two steps of a package sign and grant it. */
  package: number;
  op: Op;
  /** Person or role that the step is about. */
  about: number;
  before: Act[];
  during?: During;
  kill?: Kill;
  /** A worker stops at this point, another one does its work, and it wakes up `wakes` steps later. */
  pause?: { at: 'call' | 'settle'; wakes: number };
  fault?: Fault;
}

/** Who held what before. `admin`: may pass it on, where systems have that. */
export interface Held {
  role: number;
  account: number;
  by: 'kim' | 'dba';
  admin: boolean;
}

export interface Scenario<Setup = unknown> {
  setup: Setup;
  held: Held[];
  packages: PackageSetup[];
  /** Two packages of one plan, or of two plans that call the database by one name or by two. */
  together: 'onePlan' | 'twoPlans' | 'twoNames';
  perBatch: number;
  steps: Step[];
  end: { before: Act[]; withoutRight: boolean; order: 'first' | 'second' | 'both'; kill?: Kill; fault?: Fault };
}

const role = fc.nat({ max: roleNames.length - 1 });
const account = fc.nat({ max: people.length - 1 });
const by = fc.constantFrom(...administrators);

/** How often, which acts, and what belongs to them. A peer has some of them. */
const acts: [number, Act['do'][], (did: fc.Arbitrary<string>) => fc.Arbitrary<object>][] = [
  [6, ['grant'], (did) => fc.record({ do: did, role, account, by: fc.constantFrom('kim', 'dba', 'own'), admin: fc.boolean() })],
  [6, ['revoke', 'revokeAndGrantAgain'], (did) => fc.record({ do: did, role, account, nth: fc.nat({ max: 1 }) })],
  [1, ['passOn'], (did) => fc.record({ do: did, role, account })],
  [7, ['lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount', 'swapAccounts'], (did) => fc.record({ do: did, account })],
  [5, ['widen', 'narrowAgain', 'dropRole', 'recreateRole', 'renameRole'], (did) => fc.record({ do: did, role })],
  [2, ['rewriteMembers'], (did) => fc.record({ do: did, role })],
  [2, ['takeRight'], (did) => fc.record({ do: did, role, cascade: fc.boolean() })],
  [3, ['returnRight', 'renameLogin', 'endSessions'], (did) => fc.record({ do: did })],
  [1, ['holdUp'], (did) => fc.record({ do: did, forMs: fc.constantFrom(60, 700) })],
  [1, ['widenMeanwhile'], (did) => fc.record({ do: did, role, forMs: fc.constant(120) })],
];

function anyAct(offered: ReadonlySet<Act['do']>): fc.Arbitrary<Act> {
  const arbitraries = acts.flatMap(([weight, names, arbitrary]) => {
    const some = names.filter((name) => offered.has(name));
    return some.length === 0 ? [] : [{ weight, arbitrary: arbitrary(fc.constantFrom(...some)) as fc.Arbitrary<Act> }];
  });
  return fc.oneof(...arbitraries);
}

const anyKill: fc.Arbitrary<Kill> = fc.record({
  batch: fc.constantFrom(1, 1, 2, 3),
  at: fc.constantFrom('before the record', 'after the record', 'in the commit', 'after the commit', 'at the start', 'at the end'),
  again: fc.constantFrom(true, true, true, false),
});
const anyFault = (kinds: Fault['is'][]): fc.Arbitrary<Fault> => fc.record({ answer: fc.integer({ min: 1, max: 40 }), is: fc.constantFrom(...kinds) });

/** Once in so many times. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, once: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: once - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Without what was not drawn. */
const compact = <T extends object>(parts: T): T => Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as T;

function anyStep(act: fc.Arbitrary<Act>, fault: fc.Arbitrary<Fault>): fc.Arbitrary<Step> {
  const someActs = fc.array(act, { minLength: 1, maxLength: 2 });
  return fc
    .record({
      package: fc.nat({ max: 1 }),
      op: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Op>('verify') },
        { weight: 5, arbitrary: fc.constant<Op>('retire') },
        { weight: 4, arbitrary: fc.constant<Op>('reconcile') },
        { weight: 1, arbitrary: fc.constantFrom<Op>('grantMissing', 'retireLegacy') },
        { weight: 2, arbitrary: fc.constantFrom<Op>('narrow', 'tighten') },
        { weight: 1, arbitrary: fc.constant<Op>('rollback') },
      ),
      about: fc.nat({ max: 3 }),
      before: fc.oneof({ weight: 2, arbitrary: fc.constant<Act[]>([]) }, { weight: 3, arbitrary: fc.array(act, { maxLength: 2 }) }),
      during: sometimes(
        fc.oneof(
          { weight: 2, arbitrary: fc.record({ nth: fc.constantFrom(1, 1, 2, 3), at: fc.constantFrom('call' as const, 'record' as const), acts: someActs }) },
          { weight: 1, arbitrary: fc.record({ nth: fc.integer({ min: 1, max: 25 }), at: fc.constant('request' as const), acts: someActs }) },
        ),
        3,
      ),
      kill: sometimes(anyKill, 4),
      pause: sometimes(fc.record({ at: fc.constantFrom('call', 'settle'), wakes: fc.integer({ min: 0, max: 6 }) }), 6),
      fault: sometimes(fault, 4),
    })
    .map((step) => compact(step) as Step);
}

const anyPackage: fc.Arbitrary<PackageSetup> = fc.record({
  uses: fc
    .tuple(
      fc.constantFrom<Use>('grant', 'grant', 'grant', 'legacy'),
      fc.constantFrom<Use>('grant', 'none', 'legacy'),
      fc.constantFrom<Use>('legacy', 'legacy', 'none', 'grant'),
      fc.constantFrom<Use>('none', 'rejected', 'legacy', 'grant'),
    )
    .filter((uses) => uses.includes('grant')),
  cohort: fc.subarray([...people.keys()], { minLength: 2 }),
});

/** What a peer lets be drawn. */
interface Offered {
  setups: fc.Arbitrary<unknown>;
  acts: ReadonlySet<Act['do']>;
  keepsGrantorsApart: boolean;
  duplicates: 'answers' | 'requests' | 'nothing';
}

const doubled: Record<Offered['duplicates'], Fault['is'][]> = { answers: ['twice'], requests: ['again'], nothing: [] };

export function anyScenario(peer: Offered): fc.Arbitrary<Scenario> {
  const act = anyAct(peer.acts);
  const fault = anyFault(['cut', 'cutInside', 'late', ...doubled[peer.duplicates]]);
  return fc.record({
    // What comes first shrinks first.
    steps: fc.array(anyStep(act, fault), { minLength: 4, maxLength: 16, size: 'max' }),
    end: fc
      .record({
        before: fc.array(act, { maxLength: 2 }),
        withoutRight: fc.boolean(),
        order: fc.constantFrom<Scenario['end']['order']>('first', 'second', 'both'),
        kill: sometimes(
          anyKill.map((kill) => ({ ...kill, again: true })),
          3,
        ),
        fault: sometimes(fault, 4),
      })
      .map((end) => compact(end) as Scenario['end']),
    setup: peer.setups,
    held: fc.uniqueArray(
      fc.record({ role, account, by, admin: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }) }),
      { maxLength: 8, selector: (grant) => `${grant.role} ${grant.account} ${peer.keepsGrantorsApart ? grant.by : ''}` },
    ),
    packages: fc.array(anyPackage, { minLength: 1, maxLength: 2 }),
    together: fc.constantFrom<Scenario['together']>('onePlan', 'twoPlans', 'twoNames'),
    perBatch: fc.constantFrom(2, 1, 500),
  });
}
