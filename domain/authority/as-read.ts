/** Waves, packages and plans as one person reads them: in full where they act, in short elsewhere. */
import { rulesOf } from '../plan/incompatible-rules.ts';
import type { IncompatibleRule, Plan } from '../plan/schema.ts';
import type { PackageView } from '../views/package.ts';
import { packageInShort, wavePackageInShort, type ShownPackage, type ShownRevision, type ShownWave, type WavePackageOverview } from '../views/overview.ts';
import type { RevisionView } from '../views/revision.ts';
import type { WavePackageView, WaveView } from '../views/wave.ts';
import { readsPackage, readsWave, readsWholeWave, type Acts, type Reading } from './who-reads.ts';

export function waveAsRead(view: WaveView, reading: Reading, by: string): ShownWave {
  if (readsWholeWave(reading, view.wave)) return view;
  const packages = view.packages.map((entry) => wavePackageAsRead(view.wave, entry, reading));
  if (readsWave(reading, view.wave)) {
    const { requests } = view;
    const reads = (each: { package?: string }) => each.package === undefined || readsPackage(reading, view.wave, each.package);
    return {
      ...view,
      packages,
      notes: view.notes.filter(reads),
      // Refusals do not say which package they are about.
      refusals: view.refusals.filter((each) => each.by === by),
      ...(requests ? { requests: requests.filter(reads) } : {}),
    };
  }
  const { kind, plan, wave, revision, stage, goLiveMs, clock, hold } = view;
  return {
    shown: 'overview',
    kind,
    plan,
    wave,
    revision,
    stage,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    ...(clock ? { clock } : {}),
    ...(hold ? { hold: { approvals: hold.approvals, given: hold.liftedBy.length } } : {}),
    packages: view.packages.map((entry) => wavePackageInShort(entry, reading.acts)),
  };
}

export const wavePackageAsRead = (wave: string, entry: WavePackageView, reading: Reading): WavePackageView | WavePackageOverview =>
  readsPackage(reading, wave, entry.package) ? entry : wavePackageInShort(entry, reading.acts);

export const packageAsRead = (view: PackageView, reading: Reading): ShownPackage =>
  readsPackage(reading, view.wave, view.package) ? view : packageInShort(view, reading.acts);

/** `then`: what the reader could decide by this revision itself; an earlier one may have packages that left before they came. */
export function revisionAsRead(revision: RevisionView, reading: Reading, then: Acts): ShownRevision {
  if (reading.all) return revision;
  const { document, appliedBy } = revision;
  return reading.acts ? { ...aboutRevision(revision), shown: 'part', appliedBy, document: planAsRead(document, [reading, then]) } : revisionOverview(revision);
}

/** For those who see the plan and do not act in it. */
export const revisionOverview = (revision: RevisionHead): ShownRevision => ({ ...aboutRevision(revision), shown: 'overview' });

type RevisionHead = Pick<RevisionView, 'plan' | 'number' | 'appliedAtMs' | 'clock'>;

const aboutRevision = ({ plan, number, appliedAtMs, clock }: RevisionHead) => ({ plan, number, appliedAtMs, ...(clock ? { clock } : {}) });

/** With the exceptions of people whose access they see. */
function ruleAsRead({ exceptions = [], ...rule }: IncompatibleRule, cohorts: ReadonlySet<string>): IncompatibleRule {
  const seen = exceptions.filter(({ person }) => cohorts.has(person));
  return { ...rule, ...(seen.length > 0 ? { exceptions: seen } : {}) };
}

/** The packages for which they act, and of everything else what those packages name. People who only decide are shown without accounts and addresses. */
function planAsRead(plan: Plan, readings: Pick<Acts, 'all' | 'packages' | 'waves'>[]): Plan {
  const inWaves = readings.map(({ waves }) => new Set(plan.waves.flatMap(({ id, packages }) => (waves.has(id) ? packages.map((entry) => entry.package) : []))));
  const packages = plan.packages.filter(({ id }) => readings.every((each, index) => each.all || each.packages.has(id) || inWaves[index]?.has(id)));
  const shown = new Set(packages.map(({ id }) => id));
  const owners = new Set(packages.map(({ owner }) => owner));
  const waves = plan.waves
    .map((wave) => ({ ...wave, packages: wave.packages.filter((entry) => shown.has(entry.package)) }))
    .filter((wave) => wave.packages.length > 0);
  const delegates = plan.delegates.filter(({ of }) => owners.has(of));
  const cohorts = new Set(packages.flatMap(({ cohort }) => cohort));
  const deciders = new Set([
    ...plan.operators,
    ...owners,
    ...delegates.map(({ to }) => to),
    ...packages.flatMap(({ requires, rollback }) => [...(requires.drill ? [requires.drill.signedBy] : []), ...(rollback.claims?.by ?? [])]),
    ...waves.flatMap(({ alsoSigns, hold }) => [...alsoSigns, ...(hold?.liftedBy ?? [])]),
  ]);
  const watched = new Set(packages.flatMap(({ watch }) => watch.metrics.map(({ metric }) => metric)));
  const metrics = plan.metrics.filter(({ id }) => watched.has(id));
  const systems = new Set([
    ...packages.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy].map(({ system }) => system)),
    ...metrics.flatMap(({ provider }) => ('system' in provider ? [provider.system] : [])),
    ...packages.flatMap(({ cohortQuery }) => (cohortQuery ? [cohortQuery.system] : [])),
  ]);
  const { blastRadius, incompatible, ...rest } = plan;
  const limits = blastRadius?.filter(({ system }) => systems.has(system)) ?? [];
  const rules = incompatible?.filter((rule) => packages.some((each) => rulesOf({ incompatible: [rule] }, each).length > 0)) ?? [];
  return {
    ...rest,
    ...(limits.length > 0 ? { blastRadius: limits } : {}),
    ...(rules.length > 0 ? { incompatible: rules.map((rule) => ruleAsRead(rule, cohorts)) } : {}),
    systems: plan.systems.filter((id) => systems.has(id)),
    people: plan.people.flatMap((person) =>
      cohorts.has(person.id) ? [person] : deciders.has(person.id) ? [{ id: person.id, name: person.name, team: person.team, accounts: {} }] : [],
    ),
    delegates,
    metrics,
    packages,
    blackouts: plan.blackouts.filter((each) => !each.packages || each.packages.some((id) => shown.has(id))),
    waves,
  };
}
