/** Who is signed in with a browser: rows under the digest of a secret that only the browser has. */
import type { SessionStore, StoredSession } from './contract.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

/** A request within this time after the last one writes nothing. */
const seenEveryMs = 60_000;
const renewalMs = 30_000;
const lives = `ends_at > ${databaseNow} and seen_at + idle_after > ${databaseNow}`;

export function sessions(session: Session): SessionStore {
  return {
    beginSession: ({ id, person, sealed, idleMs, lifetimeMs, most }) =>
      session.transaction(async ({ rows }) => {
        // Of one person, one at a time: otherwise two that begin at once would each leave room for the other.
        await rows(`select pg_advisory_xact_lock(hashtextextended('rolewave.sessions.' || $1, 0))`, [person]);
        await rows(`delete from rolewave.sessions where not (${lives})`);
        await rows(`delete from rolewave.sessions where id in (select id from rolewave.sessions where person = $1 order by seen_at desc, id offset $2)`, [
          person,
          most - 1,
        ]);
        await rows(
          `insert into rolewave.sessions (id, person, sealed, began_at, seen_at, idle_after, ends_at)
           values ($1, $2, $3, ${databaseNow}, ${databaseNow}, $4, ${databaseNow} + $5::bigint)`,
          [id, person, sealed, idleMs, lifetimeMs],
        );
      }),
    session: async (id, counts = true) => {
      const [found] = await session.rows<StoredSession & { stale: boolean }>(
        `select person, sealed, ${asNumber('began_at')} as "beganAtMs", seen_at + $2 < ${databaseNow} as stale from rolewave.sessions where id = $1 and ${lives}`,
        [id, seenEveryMs],
      );
      if (!found) return undefined;
      const { stale, ...stored } = found;
      if (stale && counts) await session.rows(`update rolewave.sessions set seen_at = ${databaseNow} where id = $1 and ${lives}`, [id]);
      return stored;
    },
    claimRenewal: async (id) => {
      const claimed = await session.rows(
        `update rolewave.sessions set renewing_at = ${databaseNow}
         where id = $1 and (renewing_at is null or renewing_at + $2 < ${databaseNow}) and ${lives} returning id`,
        [id, renewalMs],
      );
      return claimed.length === 1;
    },
    renewSession: async (id, sealed) => void (await session.rows('update rolewave.sessions set sealed = $2, renewing_at = null where id = $1', [id, sealed])),
    endSession: async (id) => void (await session.rows('delete from rolewave.sessions where id = $1', [id])),
  };
}
