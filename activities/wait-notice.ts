/**
 * Notifies people that what is done for a release in a system has failed for minutes and is tried again. Told by the activity itself: its workflow waits for it
 * and does not see its attempts. Once for each activity, however often it is tried; answered when it has ended.
 */
import { CancelledFailure, Context } from '@temporalio/activity';
import { addressText } from '../domain/address.ts';
import { sha256Hex } from '../domain/canonical.ts';
import { keyOf } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import { recordBatch } from '../domain/records.ts';
import type { Notice } from '../domain/notices/request.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { effectWords, waitOf, type EffectName } from '../domain/views/wait.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { isFailure, words } from './failures.ts';
import { needsAlarm } from './switch-alarm.ts';

/** A connection that is lost for a moment is nobody's business. */
const toldAfter = { ms: 300_000, attempts: 3 } as const;
/** Where the clocks of worker and Temporal differ: by then it has been tried for eight minutes. */
const toldAtAttempt = 10;

interface Effect {
  activity: EffectName;
  release: ReleaseKey;
  /** Undefined: all of the release. */
  system?: string;
}

const short = (text: string) => sha256Hex(text).slice(0, 12);
const idsIn = ({ release, system }: Effect): string => `${addressText(keyOf(release))}#notice-waits-${short(system ?? '')}-`;
function idOf(effect: Effect): string {
  const { activityId, workflowExecution } = Context.current().info;
  return `${idsIn(effect)}${short(`${workflowExecution?.runId ?? ''} ${activityId}`)}`;
}

export const isEffect = (activity: string): activity is EffectName => Object.hasOwn(effectWords, activity);

/** What it answers or throws is what the work does; a notice that cannot be recorded now is recorded by the next attempt. */
export async function tellingOfWaits<T>(deps: ActivityDeps, effect: Effect, work: () => Promise<T>): Promise<T> {
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await (isTriedAgain(failure) ? tell(deps, effect, failure) : end(deps, effect)).catch((error: unknown) =>
      Context.current().log.warn('a notice about a system that is waited for could not be recorded', { error: words(error) }),
    );
  }
}

/** Another worker goes on where one shuts down. */
const isTriedAgain = (failure: unknown): boolean =>
  failure !== undefined && !needsAlarm(failure) && (!(failure instanceof CancelledFailure) || failure.message === 'WORKER_SHUTDOWN');

async function tell(deps: ActivityDeps, effect: Effect, failure: unknown): Promise<void> {
  const { attempt, scheduledTimestampMs: sinceMs } = Context.current().info;
  const isLong = attempt >= toldAtAttempt || (attempt >= toldAfter.attempts && nowMs(deps) - sinceMs >= toldAfter.ms);
  // Others are before it: that it waits for its turn says nothing about the system.
  if (!isLong || failure instanceof CancelledFailure || isFailure(failure, 'TooManyAtOnce')) return;
  const id = idOf(effect);
  const known = await deps.store.notices({ id });
  const { release, system, activity } = effect;
  const { plan, wave, package: rolePackage } = keyOf(release);
  const latest = await deps.store.latestRevision(plan);
  const { packages = [], operators = [] } = latest?.document ?? {};
  const owner = packages.find((each) => each.id === rolePackage)?.owner;
  const notice: Notice = {
    id,
    plan,
    wave,
    package: rolePackage,
    kind: 'waitsForSystem',
    level: 'first',
    to: [...new Set([...(owner === undefined ? [] : [owner]), ...operators])],
    openedAtMs: toPlan(nowMs(deps), latest?.clock),
    text: `'${rolePackage}' is not finished: ${waitOf({ activity, ...(system === undefined ? {} : { system }), sinceMs, failed: attempt, why: words(failure) }).text}`,
    action: { type: 'show', target: { plan, wave, package: rolePackage }, fields: {} },
  };
  if (known.length === 0) await deps.store.record(recordBatch({ notices: [notice] }));
  // Starts each once, also where the attempt that recorded it ended before it could.
  await deps.startNotices?.([notice]);
}

/** Also what was told of activities that were cancelled between two attempts, of which nothing runs any more to say so. */
async function end(deps: ActivityDeps, effect: Effect): Promise<void> {
  const { attempt } = Context.current().info;
  const afterOthers = effect.activity === 'rollBackAccess';
  if (attempt < toldAfter.attempts && !afterOthers) return;
  const { plan } = effect.release;
  const known = afterOthers ? await deps.store.notices({ plan }) : await deps.store.notices({ id: idOf(effect) });
  const notices = known.flatMap(({ id, answeredAtMs }) => (id.startsWith(idsIn(effect)) && answeredAtMs === undefined ? [id] : []));
  if (notices.length === 0) return;
  const clock = (await deps.store.latestRevision(plan))?.clock;
  await deps.store.record(recordBatch({ answered: [{ notices, atMs: toPlan(nowMs(deps), clock) }] }));
}
