/**
 * Applies a plan: check it → store it as the next revision (compare-and-set) → send every wave its section → notify the released packages. The
 * revision is stored first, so an apply that dies in between is finished by applying the same plan again: that stores nothing new and reaches whatever does
 * not have it yet.
 */
import { z } from 'zod';
import { planDocumentDigest } from '../../../domain/plan/digest.ts';
import { outlineWeight, weightPerMegabyte } from '../../../domain/plan/outline.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { packagesToTell } from '../../../domain/release/definition-change.ts';
import { appliedView, type AppliedView } from '../../../domain/views/apply.ts';
import { left } from '../../asked-in-turn.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { rightNameOf, rightOf } from '../../../domain/site/rights.ts';
import { inTurn } from '../../../domain/in-turn.ts';
import { TooManyWait, turns } from '../../../domain/turns.ts';
import { isUnreadable } from '../../../store/outlines.ts';
import { defineRoute, type Services } from '../../route.ts';
import { applierProblems, assertSiteLets, planLimit, readPlan, requireApplier } from '../read-plan.ts';
import { planQuery } from '../validate/route.ts';
import { refuseChangeInPassing, releasesOf } from '../released.ts';
import { leftParts } from './left-waves.ts';
import { nextRevision } from './next-revision.ts';
import { revisePackage } from './revise-package.ts';
import { reviseLeftWave, reviseWave, sectionsFor } from './revise-wave.ts';
import { storedButUnsent } from './stored-but-unsent.ts';
import { tellOf } from './told.ts';

const applyQuery = planQuery.extend({
  reason: z.string().trim().min(1).max(2_000).optional().describe('why a site administrator applies it without an operator or without the consent of others'),
});

export const routes = [
  defineRoute<Uint8Array, z.output<typeof applyQuery>>({
    method: 'post',
    path: '/v1/plans',
    group: 'plans',
    reads: 'appliers',
    summary: 'Apply a plan: store it as the next revision and send it to its waves',
    body: 'yaml',
    bodyLimit: planLimit,
    query: applyQuery,
    headers: { 'If-Match': 'the revision that the change is based on; 0 for a plan that has never been applied' },
    answers: { 200: { what: 'the revision, whether it is new, how each wave answered, and which released packages were notified', schema: appliedView } },
    problems: [...applierProblems, 'consent-missing', 'plan-conflict', 'bad-if-match', 'clock-not-allowed', 'released-package-changed', 'apply-unfinished'],
    async handle({ body, query, caller, header, gone }, services) {
      const expected = revisionIn(header('if-match'));
      const read = await readPlan(services, body, query.file, caller);
      const { plan, latest } = read;
      const as = requireApplier(services.site.now(), read, caller, query.reason);
      await assertSiteLets(services, read);
      if (plan.clock && !services.demoTokens)
        throw new Problem('clock-not-allowed', `The plan '${plan.plan}' has its own clock, and this endpoint was started without ROLEWAVE_DEMO=1.`);

      const digest = planDocumentDigest(plan);
      const stand = latest?.number ?? 0;
      const releases = await releasesOf(services, plan.plan);
      const saved = await oneByOne(services, { plan: plan.plan, gone }, async () => {
        // The same plan again stores nothing.
        if (latest?.digest !== digest) await assertRoomFor(services, plan, !latest);
        // The write compares with the revision whose operators were checked.
        if (expected !== undefined && expected !== stand && latest?.digest !== digest) throw conflict(plan.plan, stand, expected);
        if (latest?.digest !== digest) await refuseChangeInPassing(services, plan, releases);
        return services.store.saveRevision(await nextRevision(services, read, { caller, as, reason: query.reason }));
      });
      if ('conflict' in saved) throw conflict(plan.plan, saved.conflict, stand);
      const { revision, changed } = saved;
      await tellOf(services, revision);
      const sender = { by: caller.id, ...(as === 'administrator' ? { administrator: query.reason ?? '' } : {}) };
      const unsent = (error: unknown): never => {
        throw storedButUnsent(error, { plan: plan.plan, revision: revision.number, changed });
      };
      const ids = plan.waves.map(({ id }) => id);
      const sections = await sectionsFor(services, revision, ids, releases).catch(unsent);
      const planned = await inParallel(8, [...sections.values()], (part) => reviseWave(services, revision, part, sender));
      const left = await leftParts(services, revision, releases).catch(unsent);
      const leftWaves = await inParallel(8, left.waves, (part) => reviseLeftWave(services, revision, part, sender));
      const waves = [...planned, ...leftWaves.filter((each) => each !== undefined)];
      const packages = await inParallel(8, packagesToTell(plan, revision.number, releases), (one) => {
        const hasIt = sections.get(one.wave)?.section.packages.some((entry) => entry.package.id === one.package);
        return revisePackage(services, revision, one, (hasIt ? sections : left.released).get(one.wave), sender);
      });
      services.states.sent(revision.plan);
      const answer: AppliedView = { plan: plan.plan, revision: revision.number, changed, waves, ...(packages.length > 0 ? { packages } : {}) };
      const failed = [...waves, ...packages]
        .filter(({ status }) => status === 'failed')
        .map((one) => ('package' in one ? `${one.wave}/${one.package}` : one.wave));
      if (failed.length > 0) throw new Problem('apply-unfinished', `Revision ${revision.number} is stored but did not reach ${failed.join(', ')}.`, answer);
      return { status: 200, body: answer };
    },
  }),
];

/** A right for any plan that begins with a word is no right to any number of them; nor is one for a plan a right to any number of revisions. */
async function assertRoomFor({ store, site, plans }: Services, read: Plan, isNew: boolean): Promise<void> {
  const now = site.now();
  const { plan, waves } = read;
  const {
    plansPerRight,
    listedMegabytesPerRight,
    wavesPerRight,
    packagesPerRight,
    revisionsPerPlanAndHour,
    revisionsPerRightAndDay,
    revisionMegabytesPerRightAndDay,
  } = now.limits;
  const inLastHour = await store.revisionsSince([plan], Date.now() - hourMs);
  if (inLastHour.revisions >= revisionsPerPlanAndHour)
    throw new Problem(
      'site-refuses',
      `The plan '${plan}' has ${inLastHour.revisions.toLocaleString('en')} new revisions in the last hour, and the site lets it have ${revisionsPerPlanAndHour.toLocaleString('en')}: apply again later, try changes out before they are applied, or have those who run Rolewave raise revisionsPerPlanAndHour.`,
    );
  const right = rightOf(now, plan);
  const others = (await store.allPlans()).filter((each) => each.plan !== plan && rightOf(now, each.plan) === right);
  const of = right?.plan ?? plan;
  const { revisions, bytes } = await store.revisionsSince([plan, ...others.map((each) => each.plan)], Date.now() - dayMs);
  const megabytes = bytes / 1_000_000;
  if (revisions >= revisionsPerRightAndDay || megabytes >= revisionMegabytesPerRightAndDay)
    throw new Problem(
      'site-refuses',
      `The plans of '${of}' have ${revisions.toLocaleString('en')} new revisions of ${Math.ceil(megabytes).toLocaleString('en')} MB in the last 24 hours, and the site lets them have ${revisionsPerRightAndDay.toLocaleString('en')} of ${revisionMegabytesPerRightAndDay.toLocaleString('en')} MB: apply again later, or have those who run Rolewave raise revisionsPerRightAndDay or revisionMegabytesPerRightAndDay.`,
    );
  if (isNew && others.length >= plansPerRight)
    throw new Problem(
      'site-refuses',
      `The site lets '${of}' be ${plansPerRight.toLocaleString('en')} plans, and there are as many: apply the next revision of one of them, or have those who run Rolewave raise plansPerRight.`,
    );
  const weight = await plans.work('weight', read);
  if (weight > (await weightOf(store, plan))) {
    let inAll = weight;
    // One after the other: each is outlined where it holds up nobody.
    for (const other of others) inAll += await weightOf(store, other.plan);
    if (inAll > listedMegabytesPerRight * weightPerMegabyte)
      throw new Problem(
        'site-refuses',
        `With this revision, what lists show of the plans of '${of}' comes to ${(inAll / weightPerMegabyte).toLocaleString('en', { maximumFractionDigits: 2 })} MB, and the site lets it be ${listedMegabytesPerRight.toLocaleString('en')}: leave out people, delegates and texts that are no longer needed, or have those who run Rolewave raise listedMegabytesPerRight.`,
      );
  }
  const open = await store.openWork(
    others.map((each) => each.plan),
    { plan, waves: waves.map(({ id, packages }) => ({ wave: id, packages: packages.map((each) => each.package) })) },
  );
  for (const { what, most, setting, instead } of [
    { what: 'waves', most: wavesPerRight, setting: 'wavesPerRight', instead: 'close or abort waves that are no longer needed, add fewer' },
    {
      what: 'packages',
      most: packagesPerRight,
      setting: 'packagesPerRight',
      instead: 'apply those that go live first and the others later, abort waves that are no longer needed',
    },
  ] as const) {
    const { open: before, added } = open[what];
    if (added === 0 || before + added <= most) continue;
    throw new Problem(
      'site-refuses',
      `The plans of '${of}' have ${before.toLocaleString('en')} ${what} that have not ended, this revision adds ${added.toLocaleString('en')}, and the site lets them have ${most.toLocaleString('en')}: ${instead}, or have those who run Rolewave raise ${setting}.`,
    );
  }
}

/** Of its latest revision. One that cannot be read is kept by nobody. */
async function weightOf(store: Services['store'], plan: string): Promise<number> {
  try {
    const latest = await store.latestOutline(plan);
    return latest ? outlineWeight(latest.outline) : 0;
  } catch (error) {
    if (isUnreadable(error)) return 0;
    throw error;
  }
}

/** Of one right, so that those who apply at the same moment do not each take what is left of its limits. */
const saving = turns({ perPlan: 1, perRight: 1, inAll: Infinity, waiting: { perPlan: 20, perRight: 60 } });

async function oneByOne<T>({ site }: Services, { plan, gone }: { plan: string; gone: AbortSignal }, work: () => Promise<T>): Promise<T> {
  const turn = saving.take({ plan, right: rightNameOf(site.now(), plan) }, gone).catch((error: unknown) => {
    if (error instanceof TooManyWait) throw new Problem('busy', 'Too many plans of this entry of the site are being applied.');
    throw gone.aborted ? left() : error;
  });
  return inTurn(turn, work);
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const conflict = (plan: string, stand: number, expected: number) =>
  new Problem('plan-conflict', `The plan '${plan}' is at revision ${stand}, not ${expected}. Nothing was changed.`, { revision: stand });

function revisionIn(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch.trim());
  if (!match) throw new Problem('bad-if-match', `If-Match is '${ifMatch.slice(0, 80)}', which is not a revision number.`);
  return Number(match[1]);
}
