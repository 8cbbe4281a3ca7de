/** Notifies people that a person holds neither of two accesses, or may hold both, for longer than the plan allows. Written by the activity, because its workflow waits for it. */
import { ApplicationFailure } from '@temporalio/activity';
import { sha256Hex } from '../domain/canonical.ts';
import { addressText } from '../domain/address.ts';
import type { Notice } from '../domain/notices/request.ts';
import { keyOf, type LedgerEntry } from '../domain/release/ledger.ts';
import { openSwitches, type OpenSwitch } from '../domain/release/switching.ts';
import { recordBatch } from '../domain/records.ts';
import { instantText } from '../domain/time/instant.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { durationText } from '../domain/time/duration.ts';
import type { EffectScope } from './effects.ts';
import { nowMs } from './deps.ts';

type At = Pick<EffectScope, 'deps' | 'release' | 'system' | 'by'>;
export type LateSwitch = Pick<OpenSwitch, 'account' | 'sinceMs' | 'untilMs' | 'fact'>;

/** One for each switch, however often it is found overdue: its id has no name of a person. */
const idOf = ({ release, system }: At, { account, fact }: Pick<LateSwitch, 'account' | 'fact'>): string =>
  `${addressText(keyOf(release))}#notice-switch-${sha256Hex([system, account, fact]).slice(0, 16)}`;

/** What the person holds, as far as that is known, and whether anybody tries again without being asked. */
interface Case {
  holds: 'neither' | 'mayBeNeither' | 'part' | 'both';
  isRetried: boolean;
}

function textOf(system: string, { account, sinceMs, untilMs }: LateSwitch, why: string, { holds, isRetried }: Case): string {
  const since = instantText(sinceMs);
  const allowed = `; the plan allows ${durationText(Math.max(1, untilMs - sinceMs))}`;
  const what = {
    neither: `has held neither since ${since}${allowed}`,
    mayBeNeither: `may have held neither since ${since}${allowed}`,
    part: `has only a part of the old access since ${since}${allowed}`,
    both: 'holds access that could not be revoked again, and may hold both',
  }[holds];
  const byHand = holds === 'both' ? 'revoke one of the two by hand' : 'give the access by hand';
  const next = isRetried
    ? `Rolewave goes on trying: check the system, or ${byHand}`
    : `Rolewave does not try again by itself: check the system, then order a tune ('reconcile') or a rollback, which goes on from here, or ${byHand}`;
  return `'${account}' is being switched from old to new access in ${system} and ${what}. ${why}. ${next}`;
}

export async function raiseAlarm(at: At, of: LateSwitch, why: string, about: Case): Promise<void> {
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
    text: textOf(system, of, why, about),
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

/** Ends what was raised for switches that have ended since, or never began: the record was written, and the system did not commit it. */
export async function endAlarmsOfNow(at: At, ledger: readonly LedgerEntry[]): Promise<void> {
  const { deps, release } = at;
  const { plan, wave, package: id } = keyOf(release);
  const known = (await deps.store.notices({ plan })).filter(
    (notice) => notice.kind === 'withoutAccess' && notice.wave === wave && notice.package === id && notice.answeredAtMs === undefined,
  );
  if (known.length === 0) return;
  const isOpen = new Set(openSwitches(ledger).map((one) => idOf(at, one)));
  const own = new Set(ledger.flatMap(({ account, facts }) => Array.from({ length: facts + 1 }, (_, fact) => idOf(at, { account, fact }))));
  const notices = known.flatMap((notice) => (own.has(notice.id) && !isOpen.has(notice.id) ? [notice.id] : []));
  if (notices.length === 0) return;
  const clock = (await deps.store.latestRevision(plan))?.clock;
  await deps.store.record(recordBatch({ answered: [{ notices, atMs: toPlan(nowMs(deps), clock) }] }));
}
