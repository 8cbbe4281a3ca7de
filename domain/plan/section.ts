/** The part of a plan that one wave's workflow carries: everything that its decisions need, and nothing else. */
import { alsoRead, isAcross, rulesOf } from './incompatible-rules.ts';
import type { PreviewPart } from '../access/preview.ts';
import type { Hold } from '../holds.ts';
import { keptText } from '../kept-text.ts';
import type { PlanClock } from '../time/plan-clock.ts';
import type { Site } from '../site/schema.ts';
import { driftMetric, type Baseline } from '../watch/measurement.ts';
import type { Blackout, Change, Delegate, Plan, RolePackage, Watch, WatchedMetric, Wave } from './schema.ts';
import { narrowed, packageDigest } from './digest.ts';

/**
 * Of a package, what its workflows decide by. Nothing that is only for people to read: names, descriptions and steps stay in the store, and are looked up
 * where they are shown. Entitlements, people and bounds of metrics stay there too; activities read them.
 */
export interface CarriedPackage extends Pick<RolePackage, 'id' | 'owner' | 'risk' | 'requires' | 'buildsOn' | 'tune' | 'certifyEvery'> {
  watch: CarriedWatch;
  rollback: Pick<RolePackage['rollback'], 'approval' | 'claims'>;
}

/** Of what is measured, only the names. */
export interface CarriedWatch extends Omit<Watch, 'metrics' | 'confirms'> {
  metrics: Pick<WatchedMetric, 'metric'>[];
}

export interface PackageSection {
  package: CarriedPackage;
  cohortSize: number;
  /** Digest of what decides access (R3). */
  planDigest: string;
  /** Systems of its entitlements and legacy entitlements and of the releases that it changes, sorted. */
  systems: string[];
  /** The system whose query says who is in its cohort. */
  asks?: string;
  /** A rule about entitlements that nobody may hold together concerns it, and they are in two systems. `alsoReads`: systems that are only read for that. */
  across?: { alsoReads: string[] };
  goLiveMs?: number;
  rollbackOnly: boolean;
  team: string;
  /** The owner's, for this package. */
  delegates: Omit<Delegate, 'packages'>[];
  change: Change;
  /** How many people must approve a rollback: 1 or 2. */
  rollbackApprovals: number;
  duties: Duties;
  /** What the owner has decided about the package in other waves, oldest first; a wave only takes a rejection that stands. */
  saidElsewhere?: OwnersWord[];
}

/** A sign-off of the owner's own in another wave. Plan time. */
export interface OwnersWord {
  wave: string;
  decision: 'approve' | 'reject' | 'withdraw';
  atMs: number;
  reason?: string;
}

/** Of a package, what says who may send which message about it: more of them than of whole sections are known without the document of a plan. */
export interface DecidingSection extends Pick<PackageSection, 'delegates' | 'change' | 'rollbackApprovals' | 'duties'> {
  package: Pick<CarriedPackage, 'id' | 'owner' | 'risk'> & {
    requires: { drill?: { signedBy: string } | undefined };
    /** Left out where only messages before a release are judged. */
    rollback?: { claims?: { by: readonly string[] } | undefined };
  };
}

/** Whose approval alone is not enough: see domain/authority/separation.ts. */
export interface Duties {
  /** Who applied the revisions that changed what is signed, since the package was last released. */
  appliedBy: string[];
  /** Of the people who may sign, those who receive access; nobody where it is only revoked or observed. */
  receivers: string[];
  site: SeparationOfDuties;
}

export type SeparationOfDuties = Site['separationOfDuties'];

/** What is not in the plan: who applied the changes of each package (by its id), what the site lets be, and since which revision the wave is held. */
export interface DutyTerms {
  heldSince?: number | undefined;
  /** By package: the owner's rejection in another wave, where it stands. */
  rejected?: ReadonlyMap<string, OwnersWord>;
  appliedBy: ReadonlyMap<string, string[]>;
  site: SeparationOfDuties;
}

/** As a site has it that says nothing about it. */
export const separateDuties: SeparationOfDuties = { applierMayBeOnlySigner: false, signerMayBeGranted: false };
const unknownAppliers: DutyTerms = { appliedBy: new Map(), site: separateDuties };

/** Who is notified when a request goes unanswered, and when. */
export interface NoticeTerms {
  onCall: string[];
  usual: { delegateAfter: number; onCallAfter: number };
  urgent: { delegateAfter: number; onCallAfter: number };
}

/** When a blackout applies to what. */
export type BlackoutTimes = Omit<Blackout, 'reason'>;

/** What applies to all waves of a plan and reaches released packages with every revision. */
export interface PlanTerms {
  notices: NoticeTerms;
  /** Those that concern a package of the wave. */
  blackouts: BlackoutTimes[];
}

export interface WaveSection extends PlanTerms {
  plan: string;
  revision: number;
  wave: CarriedWave;
  packages: PackageSection[];
  operators: string[];
}

export type CarriedWave = Omit<Wave, 'packages' | 'description' | 'hold'> & { hold?: Hold };

/** Systems in which standing releases of a package granted access, by the package's id: a release that changes them reaches these too. */
export type SystemsBefore = ReadonlyMap<string, readonly string[]>;

/** From a plan that passed its rules; throws when the wave is not in it. */
export function waveSection(plan: Plan, revision: number, waveId: string, before: SystemsBefore = new Map(), duties = unknownAppliers): WaveSection {
  return sectionWith(plan, revision, waveId, before, duties, (id) => packageDigest(plan, id, waveId));
}

/** As waveSection, without the digests, which take the longest: for measuring. */
export const undigestedSection = (plan: Plan, waveId: string): WaveSection => sectionWith(plan, 0, waveId, new Map(), unknownAppliers, () => '0'.repeat(64));

function sectionWith(plan: Plan, revision: number, waveId: string, before: SystemsBefore, duties: DutyTerms, digestOf: (id: string) => string): WaveSection {
  const found = plan.waves.find(({ id }) => id === waveId);
  if (!found) throw new Error(`plan '${plan.plan}' has no wave '${waveId}'`);
  const { packages, description: _, hold, ...wave } = found;
  return {
    plan: plan.plan,
    revision,
    wave: {
      ...wave,
      ...(hold ? { hold: { ...hold, reason: keptText(hold.reason), ...(duties.heldSince === undefined ? {} : { since: duties.heldSince }) } } : {}),
    },
    operators: plan.operators,
    ...planTermsOf(plan, new Set(packages.map((entry) => entry.package))),
    packages: packages.map((entry) =>
      packageSection(plan, { entry, alsoSigns: wave.alsoSigns }, before.get(entry.package) ?? [], duties, digestOf(entry.package)),
    ),
  };
}

/** `packages`: of the wave. */
export function planTermsOf({ operators, notices: { onCall = operators, ...notices }, blackouts }: Plan, packages: ReadonlySet<string>): PlanTerms {
  return { notices: { onCall, ...notices }, blackouts: blackouts.flatMap((blackout) => timesOf(blackout, packages)) };
}

const timesOf = (blackout: Blackout, ofWave: ReadonlySet<string>): BlackoutTimes[] =>
  narrowed(blackout, ofWave).map(({ id, from, until, packages }) => ({ id, from, until, ...(packages ? { packages } : {}) }));

function packageSection(
  plan: Plan,
  { entry, alsoSigns }: { entry: Wave['packages'][number]; alsoSigns: string[] },
  before: readonly string[],
  { appliedBy, site, rejected }: DutyTerms,
  planDigest: string,
): PackageSection {
  const found = plan.packages.find(({ id }) => id === entry.package);
  if (!found) throw new Error(`plan '${plan.plan}' has no package '${entry.package}'`);
  const { id, owner, risk, requires, buildsOn, tune, certifyEvery, rollback } = found;
  const { metrics, confirms: _, ...times } = watchAfter(entry.change, found);
  const watch = { ...times, metrics: metrics.map(({ metric }) => ({ metric })) };
  const { team = '' } = plan.people.find((person) => person.id === owner) ?? {};
  const delegates = delegatesFor(plan.delegates, owner, id);
  const systems = [...new Set([...systemsOf(found), ...(changesRelease(entry.change) ? before : [])])].sort();
  const rejection = rejected?.get(id);
  const rules = entry.change === 'observe' ? [] : rulesOf(plan, found).filter(isAcross);
  const maySign = new Set([owner, ...delegates.map(({ to }) => to), ...alsoSigns, ...plan.operators, ...(rollback.claims?.by ?? [])]);
  return {
    package: {
      id,
      owner,
      risk,
      requires,
      buildsOn,
      watch,
      tune,
      rollback: { approval: rollback.approval, ...(rollback.claims ? { claims: rollback.claims } : {}) },
      ...(certifyEvery === undefined ? {} : { certifyEvery }),
    },
    cohortSize: found.cohort.length,
    planDigest,
    systems,
    ...(found.cohortQuery ? { asks: found.cohortQuery.system } : {}),
    ...(rules.length > 0 ? { across: { alsoReads: alsoRead(rules, systems) } } : {}),
    ...(entry.goLive === undefined ? {} : { goLiveMs: entry.goLive }),
    rollbackOnly: entry.rollbackOnly,
    team,
    delegates,
    change: entry.change,
    rollbackApprovals: rollbackApprovalsOf(found),
    duties: { appliedBy: appliedBy.get(id) ?? [], receivers: grantsAccess(entry.change) ? found.cohort.filter((person) => maySign.has(person)) : [], site },
    ...(rejection ? { saidElsewhere: [rejection] } : {}),
  };
}

/** How many people must approve a rollback. */
export const rollbackApprovalsOf = ({ rollback, risk }: Pick<RolePackage, 'rollback' | 'risk'>): 1 | 2 => ((rollback.secondPerson ?? risk === 'high') ? 2 : 1);

export const grantsAccess = (change: Change): boolean => change === 'release' || change === 'revise';

/** Those who stand in for the owner of this package. */
export const delegatesFor = (delegates: readonly Delegate[], owner: string, packageId: string): PackageSection['delegates'] =>
  delegates.flatMap(({ of, to, until, packages }) => (of === owner && (!packages || packages.includes(packageId)) ? [{ of, to, until }] : []));

/** A retired package is watched only for access that returns. */
const driftAlone: WatchedMetric = { metric: driftMetric, tune: { above: 0 }, failuresAllowed: 0, minimum: 0, from: 0 };

/** What is measured in its watch after this change. */
export const watchAfter = (change: Change, { watch }: Pick<RolePackage, 'watch'>): Watch => (change === 'retire' ? { ...watch, metrics: [driftAlone] } : watch);

/** Systems of its entitlements and legacy entitlements. */
export const systemsOf = ({ entitlements, legacy }: Pick<RolePackage, 'entitlements' | 'legacy'>): string[] => [
  ...new Set([...entitlements, ...legacy].map(({ system }) => system)),
];

/** Whether the entry changes what a standing release granted. */
export const changesRelease = (change: Change): change is 'revise' | 'retire' => change === 'revise' || change === 'retire';

/** What a workflow of type `wave` is started with; `carried` is its state across continue-as-new. */
export interface WaveInput {
  section: WaveSection;
  clock?: PlanClock;
  carried?: unknown;
  /** Tests force continue-as-new by a low limit of history events. */
  continueAfterEvents?: number;
}

/** What a workflow of type `rolePackage` is started with. */
export interface RolePackageInput extends PlanTerms {
  plan: string;
  wave: string;
  revision: number;
  section: PackageSection;
  operators: string[];
  /**
   * `despiteBlackout`: a person decided on this go-live although a blackout holds. `riskUntilMs`: its risk is accepted until then. `signedBy`: for people who
   * look at the workflow; effects check the sign-offs in the store.
   */
  release: {
    previewDigest: string;
    parts: PreviewPart[];
    baseline: Baseline;
    goLiveMs: number;
    despiteBlackout?: true;
    riskUntilMs?: number;
    signedBy?: { by: string; atMs: number }[];
  };
  clock?: PlanClock;
  carried?: unknown;
  continueAfterEvents?: number;
}
