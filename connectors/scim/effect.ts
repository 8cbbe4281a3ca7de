/**
 * One effect is one PATCH that adds or removes one value, and never a PUT: a whole list would undo what others have changed. What it does is told first; then it is
 * sent, with the version of what it changes where the server compares it; and then it is read again, because servers differ in what they do (decision 232).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { BeforeCommit } from '../connector.ts';
import type { Entitlement } from './entitlements.ts';
import { isAsk, type Judged } from './judging.ts';
import type { Server } from './members.ts';
import { isSoleWriter } from './settings.ts';
import { statusWords } from './statuses.ts';
import { begin, mayStillCome, readTransaction, type Begun, type Transaction } from './transactions.ts';
import type { User } from './users.ts';

interface Result {
  outcome: string;
}
type Failed = { outcome: 'failed'; why: string };

/** `judge`: reads, and says what is asked. `made`: the outcome of an ask. */
export interface Effect<Outcome extends Result> {
  direction: 'add' | 'remove';
  judge(signal?: AbortSignal): Promise<Judged<Outcome>>;
  made(entitlement: Entitlement, user: User): Outcome;
}

const attempts = 5;
/** Waits between readings of what was changed: some servers show it a moment later. */
const usualReadAgainMs = [0, 100, 300, 600, 1_000, 2_000];

/** Of at most one item. */
export async function carryOut<Outcome extends Result>(
  server: Server,
  effect: Effect<Outcome | Failed>,
  beforeCommit: BeforeCommit<Outcome | Failed>,
): Promise<(Outcome | Failed)[]> {
  const told = await effect.judge();
  const { entitlement, items } = told;
  const ask = items.find(isAsk);
  const outcomes = await outcomesOf(server, effect, told);
  if (!entitlement || !ask || outcomes.some(({ outcome }) => outcome === 'failed')) {
    await beforeCommit(outcomes);
    return outcomes;
  }
  const change: Transaction = { direction: effect.direction, entitlementId: entitlement.id, userId: ask.user.id };
  const begun = begin(change, server.limits);
  try {
    await beforeCommit(outcomes, begun.text);
    await send(server, effect, told, change, begun);
  } finally {
    begun.end();
  }
  return outcomes;
}

/** What would be done, and what the server refused of it a moment ago. */
export const rehearsed = async <Outcome extends Result>(
  server: Server,
  effect: Effect<Outcome | Failed>,
  signal?: AbortSignal,
): Promise<(Outcome | Failed)[]> => outcomesOf(server, effect, await effect.judge(signal));

async function outcomesOf<Outcome extends Result>(
  { session, refusals }: Server,
  { direction, made }: Effect<Outcome | Failed>,
  { entitlement, items }: Judged<Outcome | Failed>,
): Promise<(Outcome | Failed)[]> {
  const cannot = items.some(isAsk) && !(await session.facts()).patches ? 'the SCIM server says that it has no PATCH' : undefined;
  return items.map((item) => {
    if (!isAsk(item)) return item;
    if (!entitlement) return { outcome: 'failed', why: 'there is nothing of this name' };
    const why = cannot ?? refusals.of({ direction, entitlementId: entitlement.id, userId: item.user.id });
    return why === undefined ? made(entitlement, item.user) : { outcome: 'failed', why: `${item.user.name} of '${entitlement.name}': ${why}` };
  });
}

/** As it was told, or SystemUnavailable. */
async function send<Outcome extends Result>(server: Server, effect: Effect<Outcome>, told: Judged<Outcome>, change: Transaction, begun: Begun): Promise<void> {
  const { versions } = await server.session.facts();
  let [now, isCompared] = [told, versions];
  for (let attempt = 1; ; attempt++) {
    const ask = now.items.find(isAsk);
    if (!now.entitlement || !ask) return;
    const { name } = now.entitlement;
    const place = server.entitlements.placeOf(now.entitlement, ask.user);
    const version = isCompared ? place.version : undefined;
    const patched = await server.session.patch(place.path, [place[change.direction]], version, begun.latestMs);
    if (patched.is === 'done') return readBack(server, { name, account: ask.user.name }, change, begun);
    if (patched.is === 'lost') return readBack(server, { name, account: ask.user.name }, change, begun, patched.why);
    if (patched.is === 'refused') {
      server.refusals.refused(change, patched.answer);
      throw new SystemUnavailable(`'${name}' was not changed for ${ask.user.name}: ${statusWords(patched.answer)}`);
    }
    if (attempt === attempts) throw new SystemUnavailable(`'${name}' was changed by somebody else at the same time: nothing was changed`);
    await sleep(attempt * (10 + Math.random() * 40));
    // Somebody else's change to others takes nothing from what was told.
    now = await effect.judge();
    if (!isSame(now, told)) throw new SystemUnavailable(`'${name}' was changed for ${ask.user.name} by somebody else at the same time: nothing was changed`);
    // Nobody has changed it, and the server does not take its own version: weak ones never match (RFC 9110, 13.1.1).
    if (version !== undefined && versionOf(server, now) === version) isCompared = false;
  }
}

function versionOf<Outcome extends Result>({ entitlements }: Server, { entitlement, items }: Judged<Outcome>): string | undefined {
  const ask = items.find(isAsk);
  return entitlement && ask && entitlements.placeOf(entitlement, ask.user).version;
}

function isSame<Outcome extends Result>(now: Judged<Outcome>, told: Judged<Outcome>): boolean {
  const essence = ({ entitlement, items }: Judged<Outcome>) =>
    JSON.stringify([entitlement?.id, items.map((item) => (isAsk(item) ? item.user.id : item.outcome))]);
  return essence(now) === essence(told);
}

/** `lost`: why there was no answer; absent: the server has answered that it was done. */
async function readBack(
  { entitlements, refusals, limits: { readAgainMs = usualReadAgainMs } }: Server,
  { name, account }: { name: string; account: string },
  change: Transaction,
  begun: Begun,
  lost?: string,
): Promise<void> {
  try {
    for (const waitMs of readAgainMs) {
      if (waitMs > 0) await sleep(waitMs);
      if (isDone(await entitlements.isHeld(change.entitlementId, change.userId), change)) return;
    }
  } catch (error) {
    begun.lost();
    throw error;
  }
  begun.lost();
  if (lost === undefined) refusals.ignored(change);
  throw new SystemUnavailable(
    lost === undefined
      ? `the SCIM server answered that '${name}' was changed for ${account}, and it was not`
      : `whether '${name}' was changed for ${account} is not known yet: ${lost}`,
  );
}

const isDone = (isHeld: boolean | undefined, { direction }: Transaction): boolean => (isHeld ?? false) === (direction === 'add');

/** Whether a change took effect, where nobody else changes it: then what is held tells. Elsewhere, all that can be told is that it may still come. */
export async function wasCommitted(
  { session, settings, entitlements, limits }: Server,
  text: string,
): Promise<'committed' | 'aborted' | 'running' | 'unknown'> {
  const change = readTransaction(text);
  if (!change) {
    // Asked of a server that is away, nothing is known.
    await session.facts(true);
    return 'unknown';
  }
  const isHeld = await entitlements.isHeld(change.entitlementId, change.userId);
  const isNow = isDone(isHeld, change);
  if (!isNow && mayStillCome(change.nonce, limits)) return 'running';
  if (isHeld === undefined || !isSoleWriter(settings)) return 'unknown';
  return isNow ? 'committed' : 'aborted';
}
