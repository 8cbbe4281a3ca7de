/** The one transaction of an effect: roles locked, tried again when another session was faster, and committed only after the caller has written down what it will do. */
import { DatabaseError, type PoolClient } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { meaningOf } from '../../clients/postgres/sqlstates.ts';
import type { PgSession } from '../../clients/postgres/session.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { BeforeCommit } from '../connector.ts';
import { lockRoles, lockRolesIfFree } from './locks.ts';
import type { Wanted } from './names.ts';

export interface Locking {
  session: PgSession;
  /** From which the keys of the locks follow: the same in all processes of an installation, and known to nobody else. */
  lockSecret: string;
  /** Waits for no role: who has one, or waits for one, goes first. For rehearsals only. */
  givesWay?: boolean;
}

/** A transaction that holds the locks. `version`: server_version_num. */
export interface Turn {
  client: PoolClient;
  version: number;
}

/** Another session has changed what this transaction has read: nothing of it may be kept, and it is tried again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

const attempts = 5;
/** While the caller writes down thousands of outcomes, the transaction waits. Milliseconds. */
const callerMs = 300_000;
/** A rehearsal must not wait long for another administrator's transaction. Milliseconds. */
const rehearsalLockMs = 2_000;

/**
 * Runs `work` while no other Rolewave process changes who holds these roles. Commits after `beforeCommit`; rolls back when that throws, and throws the same.
 */
export async function effect<Outcome extends { outcome: string }>(
  locking: Locking,
  roles: Wanted,
  work: (turn: Turn) => Promise<Outcome[]>,
  beforeCommit: BeforeCommit<Outcome>,
): Promise<Outcome[]> {
  return inTurn(locking, roles, async (turn, last) => {
    const outcomes = await work(turn);
    const changes = outcomes.some(({ outcome }) => outcome === 'created' || outcome === 'revoked');
    const transaction = changes ? await currentTransaction(turn.client) : undefined;
    last();
    await beforeCommit(outcomes, transaction);
    return outcomes;
  });
}

/** As effect, and all or nothing: where `isRefused`, it is rolled back, and `beforeCommit` is not called. */
export async function effectAsAWhole<Outcome>(
  locking: Locking,
  roles: Wanted,
  work: (turn: Turn) => Promise<Outcome>,
  isRefused: (outcome: Outcome) => boolean,
  beforeCommit: BeforeCommit<Outcome>,
): Promise<Outcome> {
  const refused: Outcome[] = [];
  const play = async (turn: Turn, last: () => void) => {
    const outcome = await work(turn);
    if (isRefused(outcome)) {
      refused.push(outcome);
      throw new Rehearsed();
    }
    const transaction = await currentTransaction(turn.client);
    last();
    await beforeCommit([outcome], transaction);
    return outcome;
  };
  try {
    return await inTurn(locking, roles, play);
  } catch (error) {
    const outcome = refused.at(-1);
    if (error instanceof Rehearsed && outcome !== undefined) return outcome;
    throw error;
  }
}

/** Runs `work` in the same way, and changes nothing. */
export async function rehearsal<T>(locking: Locking, roles: Wanted, work: (turn: Turn) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const answers: T[] = [];
  const play = async (turn: Turn) => {
    answers.push(await work(turn));
    throw new Rehearsed();
  };
  await inTurn(locking, roles, play, { lockMs: rehearsalLockMs, signal }).catch((error: unknown) => {
    if (!(error instanceof Rehearsed)) throw error;
  });
  const [answer] = answers;
  if (answer === undefined) throw new Error('a rehearsal ended without an answer');
  return answer;
}

/** Thrown to have the transaction rolled back. */
class Rehearsed extends Error {}

/** `last()`: from here on, an error is the caller's. It is neither sorted nor answered by another attempt. */
async function inTurn<T>(
  { session, ...locking }: Locking,
  roles: Wanted,
  work: (turn: Turn, last: () => void) => Promise<T>,
  { lockMs, signal }: { lockMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    let callers = false;
    let failure: { error: unknown } | undefined;
    try {
      return await session.transaction(
        'read write',
        async (client) => {
          try {
            if (lockMs !== undefined) await client.query(`set local lock_timeout = ${lockMs}`);
            return await work(await begin(client, roles, locking), () => (callers = true));
          } catch (error) {
            if (callers || error instanceof Rehearsed) failure = { error };
            throw error;
          }
        },
        signal,
      );
    } catch (error) {
      if (failure) throw failure.error;
      if (callers || signal?.aborted || !isLostRace(error)) throw error;
      if (attempt === attempts) throw new SystemUnavailable('other sessions keep changing these roles: nothing was changed', { cause: error });
      await sleep(attempt * (20 + Math.random() * 80));
    }
  }
}

async function begin(client: PoolClient, roles: Wanted, { lockSecret, givesWay = false }: Omit<Locking, 'session'>): Promise<Turn> {
  const result: unknown = await client.query(
    `set local search_path = pg_catalog, pg_temp; set local client_min_messages = warning; set local idle_in_transaction_session_timeout = ${callerMs};
     select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'; select current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby`,
  );
  const { version = 0, standby } = serverIn(result);
  // Where nothing has to be changed, it would not refuse, and may answer for a grant that it does not know of yet.
  if (standby) throw new SystemUnavailable('this server is a standby: it takes no changes, and may lag behind. Connect to the primary');
  if (!givesWay) await lockRoles(client, roles, lockSecret);
  else if (!(await lockRolesIfFree(client, roles, lockSecret))) throw new LostRace('somebody else changes who holds these roles');
  return { client, version };
}

/** pg answers several statements with an array. */
function serverIn(results: unknown): { version?: number; standby?: boolean } {
  return (results as { rows: { version: number; standby: boolean }[] }[]).at(-1)?.rows[0] ?? {};
}

async function currentTransaction(client: PoolClient): Promise<string | undefined> {
  const { rows } = await client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  return rows[0]?.xid;
}

/** A table or schema that was read a moment ago has another name now, or is gone. */
const isRenamed = (error: unknown): boolean => error instanceof DatabaseError && /^(42P01|3F000)$/.test(error.code ?? '');
const isLostRace = (error: unknown): boolean =>
  error instanceof LostRace || isRenamed(error) || meaningOf(error) === 'race' || (error instanceof SystemUnavailable && meaningOf(error.cause) === 'race');
