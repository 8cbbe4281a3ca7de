/** Evaluations and baselines: every metric and the drift of every system, read concurrently; a provider that fails is a measurement, not the end of the evaluation (R2). */
import { setImmediate as pause } from 'node:timers/promises';
import { firstLines } from '../domain/first-lines.ts';
import { sizeOf } from '../domain/size-of.ts';
import { Context } from '@temporalio/activity';
import { concerned, personsIn } from '../domain/access/build-preview.ts';
import { joinedSince } from '../domain/access/cohort.ts';
import { heldByLeavers, leaverLines } from '../domain/access/leavers.ts';
import { keyOf, type LedgerEntry } from '../domain/release/ledger.ts';
import type { Connector } from '../connectors/connector.ts';
import { driftTotal, findingDrift, withChanges, withPeople, type Drift } from '../domain/access/drift.ts';
import { contentChangeView, recordedText } from '../domain/access/role-content.ts';
import { withoutUnchanged } from '../domain/access/unchanged-others.ts';
import { withPauses } from '../domain/slices.ts';
import { driftMetric, noDrift, type Baseline, type DriftCounts, type Measurement } from '../domain/watch/measurement.ts';
import { baselineRange, evaluationRange } from '../domain/watch/time-base.ts';
import type { Metric } from '../domain/plan/schema.ts';
import type { ChangedContent } from '../domain/views/package.ts';
import type { ContentChangeView } from '../domain/views/preview.ts';
import type { EvaluationView } from '../domain/views/evaluation.ts';
import { instantText } from '../domain/time/instant.ts';
import { toReal } from '../domain/time/plan-clock.ts';
import { currentRules } from '../domain/watch/verdict.ts';
import type { ReleaseRef, MeasuringActivities } from './contract.ts';
import { asideOf, nowMs, openSystem, type ActivityDeps } from './deps.ts';
import { placeOf } from './place-of-system.ts';
import { badInput, notCovered, tooEarly, words } from './failures.ts';
import { measure, persistently, type RangedPeople } from './measuring.ts';
import type { InTurn } from './measuring-turns.ts';
import { effectContext, type EffectContext } from './authorized-messages.ts';
import { refuseOtherWorkflows } from './caller.ts';
import { answeredNow, cohortOf, type CohortOfRelease } from './cohort.ts';
import { peopleNow } from './joining.ts';
import { contentOf, hasBegun, loadPackage, type LoadedPackage, type LoadedRelease } from './release.ts';
import { releaseChangeOf } from './release-change.ts';
import { contentChangesOf } from './role-contents.ts';
import { claimedByOthers, readingOf } from './readings.ts';
import { keepLegacy } from './retiring.ts';
import { refuseReading, refuseRenamed } from './site-refusals.ts';

const driftLinesKept = { lines: 200, bytes: 64 * 1_024 };
/** Of the lines of all contents of an evaluation, in bytes: those of more have none, and are told by their digests. */
const contentLinesKept = 128 * 1_024;
const contentsKept = 50;
/** Of a package with more, the rest is found once these are accepted. */
const contentsAnswered = 10;

export function telemetry(deps: ActivityDeps, inTurn: InTurn): Pick<MeasuringActivities, 'evaluate' | 'readBaseline'> {
  return {
    // Before anything is loaded: those that are sent away come again every few seconds.
    evaluate: async (release, due) => {
      refuseOtherWorkflows(keyOf(release));
      return inTurn(release.plan, async () => {
        const { purpose, dueMs, startMs } = due;
        const of = keyOf(release);
        // Read together: each reading on its own would be one more that a worker waits for after a restart, when many evaluations are due.
        const context = effectContext(deps, release);
        // What is on record is answered whatever the release rests on by now.
        context.catch(() => undefined);
        const [recorded, before, baseline = {}] = await Promise.all([
          deps.store.evaluation({ ...of, purpose, dueMs }),
          deps.store.evaluationsBefore({ ...of, sinceMs: startMs, dueMs }),
          deps.store.baseline({ ...of, planDigest: release.planDigest }),
        ]);
        if (recorded) return answer(recorded);
        const loaded = await context;
        refuseUnlessDue(deps, loaded, release, due);
        const taken = { purpose, dueMs, ...(await readAll(deps, loaded, release, due)) };
        const evaluations = [...before, { ...taken, number: 1 + (before.at(-1)?.number ?? 0) }];
        const rules = deps.rules ?? currentRules;
        const verdict = (due.atEnd ? rules.judgeEnd : rules.judge)(loaded.watch, evaluations, baseline, startMs);
        // Another run of the same evaluation may have been faster: only the record counts.
        return answer(await deps.store.saveEvaluation({ ...of, ...taken, evaluatedAtMs: nowMs(deps), verdict, rules: rules.version }));
      });
    },

    readBaseline: async (ref, { atMs, pilot, clock }) => {
      refuseOtherWorkflows({ plan: ref.plan, wave: ref.wave });
      return inTurn(ref.plan, async () => {
        const loaded = await loadPackage(deps, ref);
        const { plan, rolePackage } = loaded;
        const of: RangedPeople = {
          rolePackage: rolePackage.id,
          people: pilot ?? [...((await answeredNow(deps, plan, rolePackage, { aside: 'readings' })) ?? rolePackage.cohort)],
          clock,
        };
        const measured = await Promise.all(
          watchedMetrics(loaded).map((metric) => measure(deps, plan, metric, of, baselineRange(metric, rolePackage.watch, atMs))),
        );
        const baseline: Baseline = {};
        for (const each of measured) if (each.kind === 'value') baseline[each.metric] = each.value;
        const read = measured.map((each) => {
          if (each.kind === 'error') return { metric: each.metric, ok: false, why: each.why };
          return each.kind === 'noData' ? { metric: each.metric, ok: true, why: 'it can be read, and has no data yet' } : { metric: each.metric, ok: true };
        });
        const readable = [...read, ...(await driftReadable(deps, loaded))];
        await deps.store.saveBaseline({ ...keyOf(ref), planDigest: loaded.section.planDigest, baseline, readable });
        return { baseline, readable };
      });
    },
  };
}

/** Numbers that are taken in advance, or before there is anything to watch, decide nothing later. */
function refuseUnlessDue(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, { dueMs, startMs }: { dueMs: number; startMs: number }): void {
  const { section, planNowMs, revision } = loaded;
  if (section.change !== 'observe' && !hasBegun(loaded, release)) throw notCovered(`'${release.package}' is not released, so there is nothing to evaluate`);
  if (dueMs < startMs)
    throw badInput(`an evaluation of '${release.package}' cannot be due on ${instantText(dueMs)}, before its watch began on ${instantText(startMs)}`);
  if (Math.round(planNowMs) < dueMs)
    throw tooEarly(
      `an evaluation of '${release.package}' is due on ${instantText(dueMs)}, and is not taken in advance`,
      toReal(dueMs, revision.clock) - nowMs(deps),
    );
}

/** Reads every metric and the drift of every system concurrently. */
async function readAll(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  release: ReleaseRef,
  { dueMs, startMs, clock }: Parameters<MeasuringActivities['evaluate']>[1],
): Promise<Pick<EvaluationView, 'measurements' | 'drift' | 'driftLines' | 'contents'>> {
  const signedFor = [...loaded.contents.values()].flatMap((content) => content.people.map(({ person }) => person));
  const cohort = await cohortRead(deps, loaded, release);
  const ledger = await deps.store.ledger(keyOf(release));
  const left = cohort && !('error' in cohort) ? cohort.absent : new Set<string>();
  const joined = [...joinedSince(new Set(signedFor), ledger)].map(([person, sinceMs]) => ({ person, sinceMs: loaded.planTime(sinceMs) }));
  const of: RangedPeople = {
    rolePackage: loaded.rolePackage.id,
    people: [...new Set(signedFor)].filter((person) => !left.has(person)),
    joined: joined.filter(({ person }) => !left.has(person)),
    clock,
  };
  const joiners = new Set(of.joined?.map(({ person }) => person));
  const ofJoined = ledger.filter(({ kind, person, withdrawn }) => kind === 'grant' && !withdrawn && joiners.has(person)).length;
  const { watch } = loaded.section.package;
  const [measured, drifted] = await Promise.all([
    Promise.all(watchedMetrics(loaded).map((metric) => measure(deps, loaded.plan, metric, of, evaluationRange(metric, watch, dueMs, startMs)))),
    Promise.all([...loaded.contents.keys()].map((system) => driftOf(deps, loaded, release, system, { cohort, all: ledger }))),
  ]);
  const contents = drifted.flatMap((each) => each.contents);
  const counts = drifted.reduce(
    (sum, { counts: each }) => ({
      missing: sum.missing + each.missing,
      outOfBand: sum.outOfBand + each.outOfBand,
      legacy: sum.legacy + each.legacy,
      content: sum.content + each.content,
      options: sum.options + each.options,
      ...(each.leavers === undefined && sum.leavers === undefined ? {} : { leavers: (sum.leavers ?? 0) + (each.leavers ?? 0) }),
    }),
    noDrift,
  );
  return {
    measurements: [...measured, ...driftMeasurement(loaded, drifted, counts, ofJoined)],
    drift: counts,
    driftLines: firstLines(
      drifted.flatMap(({ lines }) => lines),
      driftLinesKept,
    ),
    ...(contents.length > 0 ? { contents: withinBytes(contents.slice(0, contentsKept)) } : {}),
  };
}

/** Metrics of the plan that the package watches, without access-drift. */
function watchedMetrics({ plan, section }: LoadedPackage): Metric[] {
  const watched = new Set(section.package.watch.metrics.map(({ metric }) => metric));
  return plan.metrics.filter(({ id }) => id !== driftMetric && watched.has(id));
}

interface SystemDrift extends Omit<Drift, 'about'> {
  contents: ContentChangeView[];
  error?: string;
}

const fromStandby = 'read from a standby, which may not show the latest changes yet';

type CohortRead = CohortOfRelease | { error: string } | undefined;

/** An answer that fails or is not believed is an error of the evaluation, and nobody is taken to have left (R2). */
async function cohortRead(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef): Promise<CohortRead> {
  try {
    const found = await persistently(deps, () => cohortOf(deps, loaded, release));
    return found?.doubt ? { error: found.doubt.why } : found;
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    return { error: words(error) };
  }
}

/** So many differences of one system are asked about. */
const witnessedLines = 20;

/** The differences, with who made them and when, where the system tells. That it does not tell is no error of the evaluation. */
async function witnessed(connector: Connector, { lines, about }: Drift, { planTime }: LoadedRelease): Promise<string[]> {
  const asked = lines.flatMap((line) => (about.has(line) ? [line] : [])).slice(0, witnessedLines);
  if (!connector.lastChange || asked.length === 0) return lines;
  const pairs = asked.map((line) => {
    const { role = '', account = '', roleId, accountId } = about.get(line) ?? {};
    return { role, account, ...(roleId === undefined ? {} : { roleId }), ...(accountId === undefined ? {} : { accountId }) };
  });
  try {
    const changes = await connector.lastChange(pairs, Context.current().cancellationSignal);
    // The doctor says what would allow it.
    if (!Array.isArray(changes)) return lines;
    const byLine = new Map(asked.map((line, index) => [line, changes[index]]));
    return withChanges(lines, (line) => {
      const change = byLine.get(line);
      return change && { ...change, atMs: planTime(change.atMs) };
    });
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    Context.current().log.warn('who changed an access last could not be read: differences are shown without it', { error: words(error) });
    return lines;
  }
}

/** `all`: the ledger of the release, in all of its systems. */
async function driftOf(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  release: ReleaseRef,
  system: string,
  { cohort, all }: { cohort: CohortRead; all: LedgerEntry[] },
): Promise<SystemDrift> {
  try {
    if (cohort && 'error' in cohort) throw new Error(`who is in the cohort is not known: ${cohort.error}`);
    const ledger = all.filter((entry) => entry.system === system);
    const { entitlements, legacy, incompatible } = contentOf(loaded, system);
    refuseReading(deps.site(), loaded.plan.plan, system, rolesRead(entitlements, legacy, incompatible));
    const { connector, read, place, people } = await persistently(deps, async () => {
      const connector = asideOf(await openSystem(deps, loaded.plan, system), 'readings');
      const found = await peopleNow(deps, loaded, system, cohort, { connector, ledger });
      return {
        connector,
        read: await readingOf(connector, found.content, false, Context.current().cancellationSignal),
        place: await placeOf(deps, connector, system),
        people: found,
      };
    });
    const { everybody, joiners } = people;
    refuseRenamed(deps.site(), people.content, read.grants);
    const { reviewed: content, now } = await withPauses(withoutUnchanged(people.content, read), pause);
    const [claimed, changes] = await Promise.all([claimedByOthers({ deps, release, place }, content, now), contentChangesOf(deps, content, now.roles)]);
    const left = cohort?.left ?? new Set();
    const earlier = left.size > 0 ? await releaseChangeOf(deps, loaded.section.change, release, system, everybody.pilot) : undefined;
    const ofLeavers = heldByLeavers(everybody, left, [...ledger, ...(earlier?.earlier ?? [])], read);
    const isObserved = loaded.section.change === 'observe';
    const reviewed = await withPauses(
      findingDrift(content, ledger, now, [...claimed, ...ofLeavers.known], changes, isObserved, keepLegacy(loaded, system, content, all)),
      pause,
    );
    const toRevoke = cohort?.query.leavers === 'revoke' ? ofLeavers.granted.length : 0;
    const counts = toRevoke > 0 ? { ...reviewed.counts, leavers: toRevoke } : reviewed.counts;
    const found = [
      ...(await witnessed(connector, withPeople(reviewed, personsIn(loaded.plan, system)), loaded)),
      ...(cohort ? leaverLines(ofLeavers, cohort.query.leavers) : []),
      ...joiners.refused.map(({ person, why }) => `joined: '${person}' has joined the cohort and is granted nothing: ${why}`),
    ];
    // Read on their own in reports and questions, so that each says where it is.
    const lines = (now.standby ? [fromStandby, ...found] : found).map((line) => `${system}: ${line}`);
    return {
      counts,
      lines,
      contents: changes.flatMap((change) => contentChangeView(system, change) ?? []),
    };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    return { counts: noDrift, lines: [`${system} could not be read: ${words(error)}`], contents: [], error: words(error) };
  }
}

/** Of an earlier release, only what it granted is read, and that may be undone without a right. */
const rolesRead = (...of: ({ role: string }[] | undefined)[]): string[] => of.flatMap((each) => each ?? []).map(({ role }) => role);

/**
 * A measurement of drift where the package watches it, and always where drift could not be read, because zeros would look healthy (R2). `ofJoined`: how many
 * grants people have who joined.
 */
function driftMeasurement({ section, contents }: LoadedRelease, drifted: { error?: string }[], counts: DriftCounts, ofJoined: number): Measurement[] {
  const error = drifted.find((each) => each.error !== undefined)?.error;
  if (error !== undefined) return [{ metric: driftMetric, kind: 'error', why: error }];
  if (!section.package.watch.metrics.some(({ metric }) => metric === driftMetric)) return [];
  const reviewed = [...contents.values()].reduce(
    (sum, content) => sum + content.people.length * content.entitlements.length + (content.drop?.length ?? 0),
    ofJoined,
  );
  return [{ metric: driftMetric, kind: 'value', value: driftTotal(counts), n: reviewed }];
}

async function driftReadable(deps: ActivityDeps, { plan, rolePackage, section }: LoadedPackage): Promise<{ metric: string; ok: boolean; why?: string }[]> {
  if (!section.package.watch.metrics.some(({ metric }) => metric === driftMetric)) return [];
  const failures = await Promise.all(
    section.systems.map(async (system) => {
      try {
        const { roles, accounts, entitlements, legacy } = concerned(plan, rolePackage.id, system);
        refuseReading(deps.site(), plan.plan, system, rolesRead(entitlements, legacy));
        await persistently(deps, async () =>
          asideOf(await openSystem(deps, plan, system), 'readings').snapshot(roles, accounts, Context.current().cancellationSignal),
        );
        return [];
      } catch (error) {
        Context.current().cancellationSignal.throwIfAborted();
        return [`${system}: ${words(error)}`];
      }
    }),
  );
  const why = failures.flat();
  return [why.length > 0 ? { metric: driftMetric, ok: false, why: why.join('; ') } : { metric: driftMetric, ok: true }];
}

const answer = ({ number, verdict, drift: counts, contents }: EvaluationView) => ({
  number,
  verdict,
  drift: counts,
  ...(contents ? { contents: contents.slice(0, contentsAnswered).map(changedContent) } : {}),
});
const changedContent = (change: ContentChangeView): ChangedContent => {
  const { system, role, digest } = change;
  return { system, role, digest, text: recordedText(change) };
};

function withinBytes(contents: ContentChangeView[]): ContentChangeView[] {
  let left = contentLinesKept;
  return contents.map((change) => {
    left -= sizeOf([change.gained, change.lost]);
    return left >= 0 ? change : { ...change, gained: [], lost: [], more: change.gained.length + change.lost.length + (change.more ?? 0) };
  });
}
