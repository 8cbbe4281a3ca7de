/** Checks the metrics of a plan where their system can be asked from here: whether each answers, and how late its newest row is. */
import { accountsIn } from '../domain/access/build-preview.ts';
import { systemAsked } from '../domain/plan/metric-providers.ts';
import type { Metric, Plan, RolePackage } from '../domain/plan/schema.ts';
import { systemOf, systemRefusal } from '../domain/site/rights.ts';
import type { Site, System } from '../domain/site/schema.ts';
import { durationText } from '../domain/time/duration.ts';
import { spanText } from '../domain/watch/verdict-words.ts';
import { isLate, newestRow } from '../domain/watch/newest-row.ts';
import { baselineRange, lookbackOf, type Reading } from '../domain/watch/time-base.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { NoData, type CheckedTelemetry, type LoginCheck } from '../telemetry/provider.ts';
import { openTelemetry, providersInOwnProcesses } from '../telemetry/providers.ts';
import { inOwnProcess, startMs } from './own-process.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Asked at a time, so that a database is not flooded. */
const atATime = 2;

/** Of metrics that a package watches, for the people of the first one. `withinMs`: for each answer; after twice that, no further answer is waited for. */
export async function checkMetrics(plan: Plan, site: Site, env: Record<string, string | undefined>, withinMs: number): Promise<Line[]> {
  const telemetry = openTelemetry(env, { store: env['DATABASE_URL'], kinds: providersInOwnProcesses(inOwnProcess(withinMs)) });
  const untilMs = Date.now() + startMs + withinMs * 2;
  /** Systems whose process has answered; before, it may still be starting. */
  const started = new Set<string>();
  const lines: Line[] = [];
  const metrics = plan.metrics.entries();
  const lane = async () => {
    for (const [index, metric] of metrics) {
      const asked = systemAsked(metric.provider);
      const system = asked === undefined || systemRefusal(site, plan.plan, asked) !== undefined ? undefined : systemOf(site, asked);
      const rolePackage = plan.packages.find(({ watch }) => watch.metrics.some((watched) => watched.metric === metric.id));
      if (!system || !rolePackage || !isHere(system, env)) continue;
      const people = [...new Set(rolePackage.cohort.map(accountsIn(plan, system.id)))].sort();
      const about = { plan: plan.plan, metric: metric.id, kind: metric.kind, provider: metric.provider, system, people, rolePackage: rolePackage.id };
      const read = async (fromMs: number, toMs: number): Promise<Reading | undefined> => {
        if (Date.now() > untilMs) throw new OutOfTime();
        try {
          const reading = await telemetry.read({ ...about, fromMs, toMs }, AbortSignal.timeout(withinMs + (started.has(system.id) ? 0 : startMs)));
          started.add(system.id);
          return reading;
        } catch (error) {
          if (error instanceof NoData) return undefined;
          throw error;
        }
      };
      lines[index] = await lineOf(plan, metric, rolePackage, read);
    }
  };
  try {
    const [logins] = await Promise.all([loginLines(telemetry, plan, site, env), ...Array.from({ length: atATime }, lane)]);
    return [...lines.filter((line) => line !== undefined), ...logins];
  } finally {
    // A connection that hangs must not hold up the doctor.
    void telemetry.close().catch(() => undefined);
  }
}

/** What the logins that run statements can do that they should not: a statement calls whatever its login may call. */
async function loginLines(telemetry: CheckedTelemetry, plan: Plan, site: Site, env: Record<string, string | undefined>): Promise<Line[]> {
  const asked = new Map(plan.metrics.flatMap(({ provider }) => (systemAsked(provider) === undefined ? [] : [[systemAsked(provider), provider.kind] as const])));
  const found = await Promise.all(
    [...asked].map(async ([id, kind]) => {
      const system = id === undefined || systemRefusal(site, plan.plan, id) !== undefined ? undefined : systemOf(site, id);
      if (!system || !isHere(system, env)) return [];
      // A system that does not answer has its own line.
      const login = await telemetry.check(kind, system).catch(() => undefined);
      return login ? linesOf(`statements of ${system.id}`, login) : [];
    }),
  );
  return found.flat();
}

function linesOf(about: string, { login, grants, excess, unbounded, openSchemas }: LoginCheck): Line[] {
  const fix = 'give the system a login for statements (measure) in the site file that may only connect and SELECT what metrics count';
  return [
    ...(grants ? [warning(about, `they run as ${login}, the login that grants, and may end its sessions`, fix)] : []),
    ...excess.map((what) => warning(about, `${login}, which runs them, ${what}`, fix)),
    // Of the login that grants there is a line already.
    ...[...(grants ? [] : unbounded), ...openSchemas].map((what) =>
      warning(about, `${login}, which runs them, ${what}`, 'alter it as docs/site.md has it under measure'),
    ),
  ];
}

/** Whether what its statements connect with is in this environment. */
function isHere(system: System, env: Record<string, string | undefined>): boolean {
  const secret = ('measure' in system ? system.measure : undefined) ?? system.connection;
  return secret !== undefined && ('file' in secret || Boolean(env[secret.env]));
}

/** `read`: over real time. */
async function lineOf(plan: Plan, metric: Metric, { watch }: RolePackage, read: (fromMs: number, toMs: number) => Promise<Reading | undefined>): Promise<Line> {
  const about = `metric ${metric.id}`;
  const nowMs = Date.now();
  // A demonstration's durations pass faster.
  const speed = plan.clock ? dayMs / plan.clock.day : 1;
  const real = (planMs: number) => nowMs - (nowMs - planMs) / speed;
  const range = baselineRange(metric, watch, nowMs);
  try {
    const reading = await read(real(range.fromMs), real(range.toMs));
    if (metric.kind === 'gauge') return reading ? ok(about, 'it answers') : warning(about, 'it answers, and has no value', 'check its query');
    const found = await newestRow((spanMs) => read(nowMs - spanMs / speed, nowMs), nowMs - range.fromMs);
    if (!found)
      return warning(
        about,
        `it counts no row in the last ${spanText(nowMs - range.fromMs)}`,
        'check its query, its time column, and whether the system needs a timeZone',
      );
    const { ageMs, rows } = found;
    const text = `its newest row is about ${spanText(ageMs)} old`;
    const late = isLate({ ageMs, delayMs: metric.delay, lookbackMs: lookbackOf(metric, watch), rows, rangeMs: nowMs - range.fromMs });
    if (!late) return ok(about, text);
    const enough = Math.ceil((ageMs * 1.2) / hourMs) * hourMs;
    return warning(
      about,
      `${text}, with ${metric.delay === 0 ? 'no delay' : `a delay of ${durationText(metric.delay)}`}: either nothing has happened since, or its rows arrive late`,
      `if they arrive late, write delay: ${durationText(enough)}, so that evaluations wait for them`,
    );
  } catch (error) {
    if (error instanceof OutOfTime)
      return notChecked(about, 'the age of its newest row could not be determined in time', 'run the doctor with a longer --within');
    if (error instanceof SystemUnavailable || isTimeout(error)) return notChecked(about, `it was not measured: ${words(error)}`, 'see the line of its system');
    return wrong(about, words(error), 'fix its query, or what the login may read');
  }
}

class OutOfTime extends Error {}
const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
