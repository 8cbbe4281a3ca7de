/** Notifies people that a person holds neither of two accesses, or may hold both, for longer than the plan allows. Written by the activity, because its workflow waits for it. */
import { ApplicationFailure } from '@temporalio/activity';
import { sha256Hex } from '../domain/canonical.ts';
import { addressText } from '../domain/address.ts';
import type { Notice } from '../domain/notices/request.ts';
import { keyOf } from '../domain/release/ledger.ts';
import type { OpenSwitch } from '../domain/release/switching.ts';
import { recordBatch } from '../domain/records.ts';
import { instantText } from '../domain/time/instant.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { durationText } from '../domain/time/duration.ts';
import type { EffectScope } from './effects.ts';
import { nowMs } from './deps.ts';

type At = Pick<EffectScope, 'deps' | 'release' | 'system' | 'by'>;
export type LateSwitch = Pick<OpenSwitch, 'account' | 'sinceMs' | 'untilMs' | 'fact'>;

/** One for each switch, however often it is found overdue: its id has no name of a person. */
const idOf = ({ release, system }: At, { account, fact }: LateSwitch): string =>
  `${addressText(keyOf(release))}#notice-switch-${sha256Hex([system, account, fact]).slice(0, 16)}`;

export async function raiseAlarm(at: At, of: LateSwitch, why: string): Promise<void> {
  const { deps, release, system } = at;
  const { plan, wave, package: id } = keyOf(release);
  const latest = await deps.store.latestRevision(plan);
  const { packages = [], notices, operators = [] } = latest?.document ?? {};
  const owner = packages.find((each) => each.id === id)?.owner;
  const to = [...new Set([...(owner === undefined ? [] : [owner]), ...(notices?.onCall ?? operators)])];
  const clock = latest?.clock;
  const notice: Notice = {
    id: idOf(at, of),
    plan,
    wave,
    package: id,
    kind: 'withoutAccess',
    level: 'first',
    to,
    openedAtMs: toPlan(nowMs(deps), clock),
    byMs: toPlan(of.untilMs, clock),
    text: `'${of.account}' is being switched from old to new access in ${system} and has held neither since ${instantText(of.sinceMs)}; the plan allows ${durationText(Math.max(1, of.untilMs - of.sinceMs))}. ${why}. Rolewave goes on trying: check the system, or give the access by hand`,
    action: { type: 'show', target: { plan, wave, package: id }, fields: {} },
  };
  await deps.store.record(recordBatch({ notices: [notice] }));
  await deps.startNotices?.([notice]);
}

/** Nobody tries again by itself. What the store or the worker could not do, the next attempt does. */
export const needsAlarm = (error: unknown): boolean => error instanceof ApplicationFailure && error.nonRetryable === true;

/** The person has one of the two again. */
export async function endAlarm(at: At, of: LateSwitch): Promise<void> {
  const { deps, release } = at;
  const id = idOf(at, of);
  const [known] = await deps.store.notices({ id });
  if (!known) return;
  const clock = (await deps.store.latestRevision(keyOf(release).plan))?.clock;
  await deps.store.record(recordBatch({ answered: [{ notices: [id], atMs: toPlan(nowMs(deps), clock) }] }));
}
