/** Scenarios: who may do what, who holds what, what is released, and what administrators do to it meanwhile. All of it is drawn by fast-check, and shrinks. */
import * as fc from 'fast-check';

export const administrators = ['kim', 'dba'] as const;
export const people = ['ann', 'ben', 'cem', 'dea'] as const;
export const roleNames = ['clerk', 'reader', 'old_reader', 'old_admin'] as const;

/** How Rolewave's login may grant. `creator`: by CREATEROLE alone, which servers up to 15 let grant. */
export type Right = 'direct' | 'group' | 'superuser' | 'creator';

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
  /** Another session holds a lock that every grant needs. */
  | { do: 'lockTable'; forMs: number }
  /** Rolewave's grant waits for a lock, and meanwhile the role becomes another. */
  | { do: 'widenUnderLock'; role: number; forMs: number };

export type Op = 'verify' | 'retire' | 'reconcile' | 'grantMissing' | 'retireLegacy' | 'narrow' | 'tighten' | 'rollback';

/** Where a worker dies, in its n-th batch. */
export interface Kill {
  batch: number;
  at: 'before the record' | 'after the record' | 'after the commit';
  /** Temporal runs it again, unless it was cancelled. */
  again: boolean;
}

/** Acts in the middle of an activity: before its n-th batch is asked for, or when it is recorded and about to be committed. */
export interface During {
  batch: number;
  at: 'call' | 'record';
  acts: Act[];
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
}

export interface Scenario {
  right: Right;
  /** Rolewave's login may act for these administrators. */
  actsFor: ('kim' | 'dba')[];
  held: { role: number; account: number; by: 'kim' | 'dba'; admin: boolean }[];
  packages: PackageSetup[];
  /** Two packages of one plan, or of two plans that call the database by one name or by two. */
  together: 'onePlan' | 'twoPlans' | 'twoNames';
  perBatch: number;
  steps: Step[];
  end: { before: Act[]; withoutRight: boolean; order: 'first' | 'second' | 'both'; kill?: Kill };
}

const role = fc.nat({ max: roleNames.length - 1 });
const account = fc.nat({ max: people.length - 1 });
const by = fc.constantFrom(...administrators);

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('grant' as const), role, account, by: fc.constantFrom('kim', 'dba', 'own'), admin: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('revoke', 'revokeAndGrantAgain'), role, account, nth: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('passOn' as const), role, account }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constantFrom('lock', 'unlock', 'dropAccount', 'recreateAccount', 'renameAccount', 'swapAccounts'), account }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('widen', 'narrowAgain', 'dropRole', 'recreateRole', 'renameRole'), role }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takeRight' as const), role, cascade: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'returnRight' }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'renameLogin' }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'endSessions' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lockTable' as const), forMs: fc.constantFrom(60, 700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('widenUnderLock' as const), role, forMs: fc.constant(120) }) },
);
const fewActs = fc.array(anyAct, { maxLength: 2 });

const anyKill: fc.Arbitrary<Kill> = fc.record({
  batch: fc.constantFrom(1, 1, 2, 3),
  at: fc.constantFrom('before the record', 'after the record', 'after the commit'),
  again: fc.constantFrom(true, true, true, false),
});
/** Once in so many times. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, once: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: once - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const anyStep: fc.Arbitrary<Step> = fc
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
    before: fc.oneof({ weight: 2, arbitrary: fc.constant<Act[]>([]) }, { weight: 3, arbitrary: fewActs }),
    during: sometimes(
      fc.record({ batch: fc.constantFrom(1, 1, 2, 3), at: fc.constantFrom('call', 'record'), acts: fc.array(anyAct, { minLength: 1, maxLength: 2 }) }),
      3,
    ),
    kill: sometimes(anyKill, 3),
    pause: sometimes(fc.record({ at: fc.constantFrom('call', 'settle'), wakes: fc.integer({ min: 0, max: 6 }) }), 6),
  })
  .map(compact);

/** Without the parts that were not drawn. */
function compact({
  during,
  kill,
  pause,
  ...step
}: Omit<Step, 'during' | 'kill' | 'pause'> & { during?: During | undefined; kill?: Kill | undefined; pause?: Step['pause'] | undefined }): Step {
  return { ...step, ...(during ? { during } : {}), ...(kill ? { kill } : {}), ...(pause ? { pause } : {}) };
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

/** Up to 15, CREATEROLE alone lets a login grant; from 16 on it does not. */
export const anyScenario = (version: number): fc.Arbitrary<Scenario> =>
  fc.record({
    // What comes first shrinks first.
    steps: fc.array(anyStep, { minLength: 4, maxLength: 16, size: 'max' }),
    end: fc
      .record({
        before: fewActs,
        withoutRight: fc.boolean(),
        order: fc.constantFrom<Scenario['end']['order']>('first', 'second', 'both'),
        kill: sometimes(anyKill, 3),
      })
      .map(({ kill, ...end }) => ({ ...end, ...(kill ? { kill: { ...kill, again: true } } : {}) })),
    right: fc.constantFrom<Right>('direct', 'direct', 'group', 'group', 'superuser', version < 16 ? 'creator' : 'direct'),
    actsFor: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Scenario['actsFor']>([...administrators]) },
      { weight: 1, arbitrary: fc.subarray<'kim' | 'dba'>([...administrators]) },
    ),
    held: fc.uniqueArray(
      fc.record({ role, account, by, admin: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }) }),
      {
        maxLength: 8,
        selector: (grant) => `${grant.role} ${grant.account} ${version < 16 ? '' : grant.by}`,
      },
    ),
    packages: fc.array(anyPackage, { minLength: 1, maxLength: 2 }),
    together: fc.constantFrom<Scenario['together']>('onePlan', 'twoPlans', 'twoNames'),
    perBatch: fc.constantFrom(2, 1, 500),
  });
