/** Statements over many accounts at once, in which a refusal of one account does not stop the others. */
import { DatabaseError } from 'pg';
import type { PoolClient } from 'pg';
import { meaningOf, serverWords } from '../../clients/postgres/sqlstates.ts';
import { LostRace } from './effect.ts';

/** Names in one statement. */
const most = 5_000;

export interface Refusal {
  /** SQLSTATE. */
  code: string;
  /** The server's own words. */
  said: string;
  /** The same, with what to do about it. */
  why: string;
}

export interface Batch<Item> {
  items: Item[];
  /** The statement over these of the items. */
  statement: (items: Item[]) => string;
  /** The server will refuse all of them alike: one is tried, for its words. */
  sameForAll?: boolean;
}

/** Runs all of it but what the server refuses; answers the refusals. Each is found by halving. */
export async function run<Item>(client: PoolClient, { items, statement, sameForAll = false }: Batch<Item>): Promise<Map<Item, Refusal>> {
  const refused = new Map<Item, Refusal>();
  const halve = async (some: Item[]): Promise<void> => {
    const refusal = await tried(client, statement(some));
    if (!refusal) return;
    const [first] = some;
    if (some.length === 1 && first !== undefined) return void refused.set(first, refusal);
    const middle = Math.ceil(some.length / 2);
    await halve(some.slice(0, middle));
    await halve(some.slice(middle));
  };
  const [first, ...others] = items;
  if (sameForAll && first !== undefined) {
    await halve([first]);
    const refusal = refused.get(first);
    if (refusal) {
      others.forEach((item) => refused.set(item, refusal));
      return refused;
    }
  }
  const rest = sameForAll ? others : items;
  for (let at = 0; at < rest.length; at += most) await halve(rest.slice(at, at + most));
  return refused;
}

/** Runs a statement that the server may refuse, and goes on in the same transaction. */
export async function tried(client: PoolClient, statement: string): Promise<Refusal | undefined> {
  // The server warns where there was nothing left to revoke: another session was faster, and what it removed is not to be called ours.
  let warned = false;
  // Of a privilege on an object, it warns where the login may not grant or revoke it, and does nothing.
  let notPermitted: string | undefined;
  const onNotice = ({ code, message }: { code?: string | undefined; message?: string | undefined }) => {
    warned ||= code === '01000';
    if (code === '01006' || code === '01007') notPermitted ??= message ?? '';
  };
  client.on('notice', onNotice);
  try {
    await client.query(`savepoint batch; ${statement}; release savepoint batch`);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '22012') throw new LostRace('a grant was changed by another session at the same time');
    if (!(error instanceof DatabaseError) || meaningOf(error) !== 'refused') throw error;
    await client.query('rollback to savepoint batch; release savepoint batch');
    return { code: error.code ?? '', said: error.message, why: serverWords(error) };
  } finally {
    client.off('notice', onNotice);
  }
  if (warned) throw new LostRace('a grant was revoked by another session at the same time');
  return notPermitted === undefined ? undefined : { code: '42501', said: notPermitted, why: `PostgreSQL refused: ${notPermitted}` };
}
