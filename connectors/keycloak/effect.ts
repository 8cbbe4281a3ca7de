/**
 * One change of who holds one group or role. What it does is told first, then it is sent once, with a token that was chosen before, and then the admin events
 * say whether it was this change that did it: Keycloak answers the same where the access was there already (decision 234).
 */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { ActualGrant, BeforeCommit, WantedGrant } from '../connector.ts';
import { KeycloakForbids, KeycloakRefused } from './answers.ts';
import { mappingPath, recordedKey, type EntitlementKey } from './entitlements.ts';
import { clocksDifferMs } from './events.ts';
import { isAsk, type Ask } from './judging.ts';
import { isOver, type FoundLock, type Lock, type Locks, type Verdict } from './lock.ts';
import { happenedAfter, noEvent, type PairHistory } from './origins.ts';
import type { Realm } from './realm.ts';
import type { Sent } from './session.ts';
import { begunMs, isForgotten, readTransaction, transactionText, type Transaction } from './transaction.ts';
import type { Token } from './token.ts';

interface Result {
  outcome: string;
}

/** `judge`: reads, and says what is asked; `briefly`: whether anything is. `made`: the outcome of an ask, by the token's account. */
export interface Effect<Outcome extends Result> {
  item: ActualGrant | WantedGrant;
  did: Transaction['did'];
  judge(briefly: boolean): Promise<Ask | Outcome>;
  made(ask: Ask, token: Token): Promise<Outcome> | Outcome;
}

export async function carryOut<Outcome extends Result>(realm: Realm, effect: Effect<Outcome>, beforeCommit: BeforeCommit<Outcome>): Promise<Outcome> {
  const first = (await likelyChange(realm, effect)) ?? (await effect.judge(true));
  if ('outcome' in first) return told(first, beforeCommit);
  const of = isAsk(first) ? first.entitlement : first;
  const { locks } = realm;
  let lock: Lock;
  try {
    lock = await locks.take(of, async (found) => (await settled(realm, of, found)) !== 'running');
  } catch (error) {
    // A login that may not take a turn may not change anything either, and of this item Keycloak can say so.
    const judged = error instanceof KeycloakForbids ? await effect.judge(true) : undefined;
    if (judged === undefined || isAsk(judged)) throw error;
    return told(judged, beforeCommit);
  }
  let isDone = false;
  let mayHaveHappened = false;
  let transaction: Transaction | undefined;
  try {
    const ask = await effect.judge(false);
    if (!isAsk(ask) || ask.entitlement.id !== of.id) {
      if (isAsk(ask)) throw new SystemUnavailable(`'${of.name}' was renamed at this moment: nothing was changed`);
      return await told(ask, beforeCommit);
    }
    const token = await realm.session.token();
    const { entitlement, account, history } = ask;
    transaction = {
      nonce: lock.nonce,
      did: effect.did,
      entitlementId: entitlement.id,
      accountId: account.id,
      after: history?.last ?? noEvent,
      lockGroupId: lock.lockGroupId,
    };
    await locks.arm(lock, transaction, token);
    const outcome = await effect.made(ask, token);
    await beforeCommit([outcome], transactionText(transaction));
    mayHaveHappened = true;
    await send(realm, ask, effect.did, token).catch((error: unknown) => {
      if (!(error instanceof KeycloakRefused)) throw error;
      // What is refused now, and was not before, will be refused before anything is told the next time.
      mayHaveHappened = false;
      throw new SystemUnavailable(error.message);
    });
    if (history && !(await tookEffect(realm, entitlement, transaction, history))) {
      mayHaveHappened = false;
      throw new SystemUnavailable(`who holds '${entitlement.name}' was changed by somebody else at the same time: nothing was changed`);
    }
    isDone = true;
    return outcome;
  } finally {
    // What may have happened stays locked, until somebody has found out.
    if (!mayHaveHappened || isDone) await ended(locks, lock, isDone ? undefined : transaction).catch(() => undefined);
  }
}

/**
 * Whether a turn is likely to be needed, by one reading of the ids that were recorded: everything is read once the turn is there. undefined: what is asked is
 * there already, or cannot be known by that, so it has to be judged first.
 */
async function likelyChange({ entitlements }: Realm, { did, item }: Pick<Effect<Result>, 'did' | 'item'>): Promise<EntitlementKey | undefined> {
  const { role, roleId, account, accountId } = item;
  const of = roleId === undefined ? undefined : recordedKey(roleId, role);
  if (!of || accountId === undefined) return undefined;
  try {
    return (await entitlements.isHeld(of, { id: accountId, name: account })) === (did === 'removed') ? of : undefined;
  } catch (error) {
    // Of a person who is not there any more, too.
    if (error instanceof KeycloakRefused) return undefined;
    throw error;
  }
}

async function told<Outcome>(outcome: Outcome, beforeCommit: BeforeCommit<Outcome>): Promise<Outcome> {
  await beforeCommit([outcome]);
  return outcome;
}

/** `undone`: a change that was told and not made. */
async function ended(locks: Locks, { id, lockGroupId }: Lock, undone: Transaction | undefined): Promise<void> {
  if (undone) await locks.mark({ nonce: undone.nonce, lockGroupId }, 'aborted');
  await locks.remove(id);
}

async function send({ session }: Realm, { entitlement, account }: Ask, did: Transaction['did'], token: Token): Promise<void> {
  const about = `'${entitlement.name}' cannot be ${did === 'added' ? 'given to' : 'taken from'} ${account.name}`;
  const sent: Sent =
    entitlement.kind === 'group'
      ? { about, method: did === 'added' ? 'PUT' : 'DELETE', path: ['users', account.id, 'groups', entitlement.id] }
      : {
          about,
          method: did === 'added' ? 'POST' : 'DELETE',
          path: ['users', account.id, ...mappingPath(entitlement)],
          // Keycloak looks for the name and compares the id.
          body: [{ id: entitlement.id, name: entitlement.role }],
        };
  await session.send({ ...sent, token });
}

/** `before`: as it was judged. Rejects where that cannot be told now. */
async function tookEffect(realm: Realm, of: EntitlementKey, transaction: Transaction, before: PairHistory): Promise<boolean> {
  const { accountId } = transaction;
  // What is told, is told: whether something was left out meanwhile matters only where it is not there.
  const sameAsBefore = await realm.events.since(of, accountId, before.knownSinceMs);
  if (await isOurs(realm, sameAsBefore(accountId), transaction)) return true;
  const told = await toldOf(realm, of, transaction);
  if (told === 'nothing')
    throw new SystemUnavailable(`whether '${of.name}' was changed cannot be told yet, because the realm stopped keeping admin events at this moment`);
  return told === 'committed';
}

/** What the admin events tell of a change; `nothing`: it may have happened while none were kept. */
async function toldOf(realm: Realm, of: EntitlementKey, transaction: Transaction): Promise<'committed' | 'aborted' | 'nothing'> {
  const { nonce, accountId } = transaction;
  const history = (await realm.events.of(of, accountId))?.(accountId);
  if (!history) return 'nothing';
  if (await isOurs(realm, history, transaction)) return 'committed';
  return history.knownSinceMs > begunMs(nonce) - clocksDifferMs ? 'nothing' : 'aborted';
}

const isOurs = async ({ session }: Realm, history: PairHistory, { after, did }: Transaction): Promise<boolean> =>
  happenedAfter(history, after, did, (await session.token()).accountId);

/** Of a lock that another process left: what became of its change, and the lock is gone; or `running`. */
async function settled(realm: Realm, of: EntitlementKey, { id, armed }: FoundLock): Promise<Verdict | 'running'> {
  if (!armed) return 'running';
  const { locks } = realm;
  const { transaction, untilMs } = armed;
  // In this order: what is read after the end stays as it is.
  const isSettled = isOver(untilMs, realm.session.nowMs());
  const verdict = await verdictOn(realm, of, transaction);
  if (verdict !== 'committed') {
    if (!isSettled) return 'running';
    await locks.mark(transaction, verdict);
  }
  await locks.remove(id);
  return verdict;
}

async function verdictOn(realm: Realm, of: EntitlementKey, transaction: Transaction): Promise<Verdict> {
  const { settings, entitlements, accounts } = realm;
  const { accountId, did } = transaction;
  const told = await toldOf(realm, of, transaction);
  if (told !== 'nothing') return told;
  const account = (await accounts.ofIds([accountId])).get(accountId);
  const isHeld = account !== undefined && (await entitlements.isHeld(of, account));
  if (isHeld !== (did === 'added')) return account ? 'aborted' : 'unknown';
  // By this change, unless somebody else has made the same.
  return settings.soleWriter ? 'committed' : 'unknown';
}

/** Whether a change took effect. Where it did not, it never will: its token has ended. */
export async function wasCommitted(realm: Realm, text: string): Promise<Verdict | 'running'> {
  const { locks } = realm;
  const transaction = readTransaction(text);
  // Asked of a Keycloak that is away, nothing is known.
  const lockGroupId = await locks.group({ anew: true });
  if (!transaction || isForgotten(transaction.nonce)) return 'unknown';
  const of = await realm.entitlements.ofId(transaction.entitlementId);
  // With it, everyone's access to it is gone.
  if (!of) return 'unknown';
  // In this order: a process that settles it marks it before it removes the lock.
  const found = await locks.find(of.id);
  if (found?.armed?.transaction.nonce === transaction.nonce) return settled(realm, of, found);
  const marked = await locks.marked(transaction.nonce);
  if (marked) return marked;
  // Its process ended its turn, and did not mark it as undone. Who removed the group of locks has removed marks, too.
  if (lockGroupId !== transaction.lockGroupId) return 'unknown';
  const history = (await realm.events.of(of, transaction.accountId))?.(transaction.accountId);
  // Keycloak may have been restored to a time before it.
  return !history || happenedAfter(history, transaction.after, transaction.did, (await realm.session.token()).accountId) ? 'committed' : 'unknown';
}
