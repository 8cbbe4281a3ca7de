/** What the plan's latest revision says of a package: its definition, and who may do what now. */
import { openActions } from '../../../domain/authority/open-actions.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { undigestedSection, type PackageSection } from '../../../domain/plan/section.ts';
import type { Site } from '../../../domain/site/schema.ts';
import type { PackageDefinition } from '../../../domain/views/package-definition.ts';
import type { PackageInFull } from '../../../domain/views/package-in-full.ts';
import type { PackageView } from '../../../domain/views/package.ts';
import type { WavePackageView, WaveView } from '../../../domain/views/wave.ts';
import type { Revision } from '../../../store/contract.ts';

interface Standing {
  of: { plan: string; wave: string; package: string };
  wave: WaveView | undefined;
  inWave: WavePackageView | undefined;
  running: PackageView | undefined;
  /** Two people must approve a rollback of what was released. */
  endedByTwo: boolean;
  site: Site;
  /** When the revision was applied since which its wave is held. */
  heldSinceMs?: number | undefined;
  /** Plan time. */
  nowMs: number;
}

export function plannedPackage(latest: Revision | undefined, standing: Standing, by: string): Pick<PackageInFull, 'definition' | 'actions'> {
  const plan = latest?.document;
  const { of, wave: waveNow, inWave, running, endedByTwo, site, heldSinceMs: sinceMs, nowMs } = standing;
  const wave = waveNow?.hold && sinceMs !== undefined ? { ...waveNow, hold: { ...waveNow.hold, sinceMs } } : waveNow;
  const planned = plan?.waves.find(({ id }) => id === of.wave);
  if (!latest || !plan || !planned?.packages.some((entry) => entry.package === of.package)) return { actions: [] };
  const section = sectionOf(plan, of, inWave, site);
  return {
    definition: definitionOf(plan, latest.number, planned, section),
    actions: openActions(
      { section, alsoSigns: planned.alsoSigns, hold: planned.hold, operators: plan.operators, wave, planned: inWave, running, endedByTwo, nowMs },
      by,
    ),
  };
}

/** The digests take the longest, and nobody is offered an action by them. Who applied it is the wave's to know. */
function sectionOf(plan: Plan, of: Standing['of'], inWave: WavePackageView | undefined, { separationOfDuties }: Site): PackageSection {
  const found = undigestedSection(plan, of.wave).packages.find((each) => each.package.id === of.package);
  if (!found) throw new Error(`plan '${plan.plan}' has no package '${of.package}' in wave '${of.wave}'`);
  return { ...found, duties: { ...found.duties, appliedBy: inWave?.duties?.appliedBy ?? [], site: separationOfDuties } };
}

function definitionOf(plan: Plan, revision: number, wave: Plan['waves'][number], { package: { id }, rollbackApprovals }: PackageSection): PackageDefinition {
  const number = plan.packages.findIndex((each) => each.id === id);
  const found = plan.packages[number] as Plan['packages'][number];
  const { description, rolloutSteps, ownerHandoff, rollbackPath, postLaunchChecks, maintenanceNote, entitlements, legacy, cohort, cohortQuery, watch, tune } =
    found;
  const descriptions = new Map(plan.metrics.map((metric) => [metric.id, metric.description]));
  return {
    revision,
    number: number + 1,
    description,
    rolloutSteps,
    ownerHandoff,
    rollbackPath,
    postLaunchChecks,
    maintenanceNote,
    entitlements,
    legacy,
    people: cohort.length,
    ...(cohortQuery ? { cohortQuery: { system: cohortQuery.system, open: cohortQuery.open, leavers: cohortQuery.leavers } } : {}),
    watch: {
      lengthMs: watch.length,
      everyMs: watch.every,
      metrics: watch.metrics.map((metric) => {
        const said = descriptions.get(metric.metric);
        return { ...metric, ...(said === undefined ? {} : { description: said }) };
      }),
      ...(watch.confirms === undefined ? {} : { confirms: watch.confirms }),
    },
    tune,
    rollbackApprovals,
    wave: { ...(wave.description === undefined ? {} : { description: wave.description }), status: wave.status, windowMs: wave.window },
  };
}
