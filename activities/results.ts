/**
 * What activities answer goes through histories, which take about two megabytes at a time: an answer that is larger never reaches its workflow, and what it
 * answers is done again and again. So of each answer the numbers go, and the first lines; the store has the rest.
 *
 * Invariants:
 * 1. No answer grows with people × roles × the length of texts, whatever a system says: `mostOfResult`, for each activity.
 * 2. What a workflow decides by is never cut.
 */
import { ApplicationFailure } from '@temporalio/activity';
import { firstLines } from '../domain/first-lines.ts';
import { keptText } from '../domain/kept-text.ts';
import { shortened } from '../domain/plain-data.ts';
import { carriedReceipt } from '../domain/release/carried-receipt.ts';
import type { DependencyLine } from '../domain/views/dependency.ts';
import type { Stop } from '../domain/views/stop.ts';
import type { PreviewPart } from '../domain/access/preview.ts';
import type { Measurement } from '../domain/watch/measurement.ts';
import type { Activities, FailureType } from './contract.ts';
import { systemError } from './failures.ts';

/** Bytes of JSON. */
export const mostOfResult = 1024 * 1024;
/** Characters of what a failure says. */
const longestFailure = 4_000;

type Result<A extends keyof Activities> = Awaited<ReturnType<Activities[A]>>;
type Carried = { [A in keyof Activities]: (result: Result<A>) => Result<A> };

/** Metrics of which it is said why. */
const whysCarried = 100;

/** A few sentences. */
const sentence = (text: string): string => shortened(text, 1_000);
const unchanged = <T>(result: T): T => result;

/** One entry for each activity. `unchanged`: a few numbers and ids, however large the plan is. */
export const carriedResults: Carried = {
  previewSystem: previewPart,
  simulateSystem: previewPart,
  recheckSystem: ({ lines, stops, ...numbers }) => ({
    ...numbers,
    lines: firstLines(lines, { lines: 20, bytes: 8 * 1024 }),
    ...(stops ? { stops: carriedStops(stops) } : {}),
  }),
  grantAccess: (counts) => ({ ...counts, refusals: refusalsOf(counts.refusals) }),
  verifyAccess: (counts) => ({ ...counts, refusals: refusalsOf(counts.refusals) }),
  retireLegacy: (counts) => ({ ...counts, refusals: refusalsOf(counts.refusals) }),
  tuneAccess: unchanged,
  rollBackAccess: (receipt) => carriedReceipt(receipt),
  previewRollback: unchanged,
  evaluate: ({ verdict, contents, ...numbers }) => ({
    ...numbers,
    verdict: {
      ...verdict,
      why: sentence(verdict.why),
      // All of them, because the next step depends on which.
      metrics: verdict.metrics.map((metric, index) => ({ ...metric, why: index < whysCarried ? keptText(metric.why) : '' })),
    },
    ...(contents ? { contents: contents.map((each) => ({ ...each, text: shortened(each.text, 4_000) })) } : {}),
  }),
  readBaseline: ({ baseline, readable }) => ({
    baseline,
    // Which cannot be read is known of all, and why of the first.
    readable: readable.map(({ why, ...metric }, index) => ({ ...metric, ...(why === undefined || index >= whysCarried ? {} : { why: shortened(why, 500) }) })),
  }),
  tryMetric: ({ evaluation, baseline, newestProblem, ...view }) => ({
    ...view,
    evaluation: { ...evaluation, measured: measured(evaluation.measured) },
    baseline: { ...baseline, measured: measured(baseline.measured) },
    ...(newestProblem === undefined ? {} : { newestProblem: sentence(newestProblem) }),
  }),
  incompatibleAcross: unchanged,
  simulateTogether,
  dependencyCheck: dependencies,
  openEarlierWaves: (waves) =>
    waves.slice(0, wavesCarried).map(({ packages, text, ...wave }) => ({ ...wave, packages: packages.slice(0, wavesCarried), text: sentence(text) })),
  packagesNotLive: unchanged,
  packageStatus: ({ why, ...status }) => ({ ...status, ...(why === undefined ? {} : { why: sentence(why) }) }),
  supersedingRelease: unchanged,
  earlierReleases: unchanged,
  ownerStatus: (status) => (status.gone ? { ...status, why: sentence(status.why) } : status),
  deliveriesOf: unchanged,
  placeDeliveries: unchanged,
  deliver: unchanged,
  settleDelivery: unchanged,
  record: unchanged,
  trustedKeys: unchanged,
  signalsRefused: unchanged,
};

/** Packages, and waves, of which a simulation says what all of them do together, and systems of each. */
const togetherCarried = 200;
const systemsCarried = 20;

/** What stops a release is said first, and how much is left out. */
function simulateTogether({ incompatible, waves, leftOut: before }: Result<'simulateTogether'>): Result<'simulateTogether'> {
  const isStopped = ({ counts }: (typeof incompatible)[number]) => counts.some(({ caused }) => caused > 0);
  const kept = waves.slice(0, togetherCarried);
  const leftOut = {
    incompatible: (before?.incompatible ?? 0) + Math.max(0, incompatible.length - togetherCarried),
    waves: (before?.waves ?? 0) + waves.length - kept.length,
    systems: kept.reduce((sum, { systems }) => sum + Math.max(0, systems.length - systemsCarried), before?.systems ?? 0),
  };
  return {
    incompatible: incompatible.toSorted((one, other) => Number(isStopped(other)) - Number(isStopped(one))).slice(0, togetherCarried),
    waves: kept.map(({ wave, systems }) => ({ wave, systems: systems.slice(0, systemsCarried) })),
    ...(Object.values(leftOut).some((number) => number > 0) ? { leftOut } : {}),
  };
}

/** A wave waits for the first of them as for all. */
const wavesCarried = 50;

function previewPart(part: PreviewPart): PreviewPart {
  return { ...part, conflicts: firstLines(part.conflicts, { lines: 20, bytes: 4 * 1024 }) };
}

/** Each stop says its number of people itself. */
const carriedStops = (stops: Stop[]): Stop[] => stops.slice(0, 50).map((stop) => ({ ...stop, text: sentence(stop.text) }));
const refusalsOf = (refusals: string[]): string[] => firstLines(refusals, { lines: 10, bytes: 16 * 1024, line: 4_000 });
const measured = (measurement: Measurement): Measurement => (measurement.kind === 'error' ? { ...measurement, why: sentence(measurement.why) } : measurement);

const dependenciesCarried = 100;

/** What is not clear comes first: a rollback runs once every line is. */
function dependencies(lines: DependencyLine[]): DependencyLine[] {
  const first = lines.length <= dependenciesCarried ? lines : lines.toSorted((a, b) => Number(a.clear) - Number(b.clear)).slice(0, dependenciesCarried);
  return first.map((line) => ({
    ...line,
    line: sentence(line.line),
    ...(line.code === 'builtUpon' ? { packages: line.packages.slice(0, dependenciesCarried) } : {}),
    ...(line.code === 'notChecked' ? { problem: sentence(line.problem) } : {}),
  }));
}

/** What `act` answers, or fails with, as it goes through histories. */
export async function carried<A extends keyof Activities>(activity: A, act: () => Promise<Result<A>>): Promise<Result<A>> {
  let result: Result<A>;
  try {
    result = carriedResults[activity](await act());
  } catch (error) {
    throw carriedFailure(activity, error);
  }
  const bytes = result === undefined ? 0 : Buffer.byteLength(JSON.stringify(result));
  // Only a mistake in the table above leads here. It is told, instead of being done again for ever.
  if (bytes > mostOfResult)
    throw systemError(
      `'${activity}' has done what it was asked to, and its answer of ${bytes} bytes is too large for a history: report this to the maintainers of Rolewave`,
    );
  return result;
}

function carriedFailure(activity: keyof Activities, error: unknown): unknown {
  if (!(error instanceof ApplicationFailure)) return error;
  const isIncomplete = error.type === ('Incomplete' satisfies FailureType);
  if (!isIncomplete && error.message.length <= longestFailure) return error;
  const carry = carriedResults[activity] as (result: unknown) => unknown;
  const { type, nonRetryable, details, nextRetryDelay, category } = error;
  return ApplicationFailure.create({
    message: shortened(error.message, longestFailure),
    nonRetryable: nonRetryable ?? false,
    ...(type ? { type } : {}),
    ...(details ? { details: isIncomplete ? details.map(carry) : details } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
    ...(category ? { category } : {}),
  });
}
