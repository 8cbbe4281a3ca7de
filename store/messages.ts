/** Accepted messages with their seals. Effects are checked against them, even long after the workflow that accepted them has closed. */
import type { RecordBatch } from '../domain/records.ts';
import type { Store, StoredMessage } from './contract.ts';
import { addressOfRow, asNumber, databaseNow, type Session } from './session.ts';

export interface MessageRow {
  id: string;
  type: string;
  plan: string;
  wave: string;
  package: string;
  by_person: string;
  jws: string;
  accepted_at: number;
}

export const messageColumns = `id, type, plan, wave, package, by_person, jws, ${asNumber('accepted_at')} as accepted_at`;
const messageRows = `select ${messageColumns} from rolewave.messages`;

/** In the order in which they were accepted. The store does not verify seals: code that authorizes an effect by a message verifies it again. */
export function messages(session: Session): Pick<Store, 'messages' | 'newestMessage' | 'countMessages' | 'saveMessage' | 'actedIn'> {
  return {
    messages: async ({ plan, wave, package: rolePackage, type, id, ids, idFrom }) => {
      const rows = await session.rows<MessageRow>(
        `${messageRows}
         where plan = $1 and ($2::text is null or wave = $2) and ($3::text is null or package = $3) and ($4::text is null or type = $4) and ($5::text is null or id = $5)
           and ($6::text is null or starts_with(id, $6)) and ($7::text[] is null or id = any($7))
         order by position`,
        [plan, wave ?? null, rolePackage ?? null, type ?? null, id ?? null, idFrom ?? null, ids ?? null],
      );
      return rows.map(messageOf);
    },
    newestMessage: async ({ plan, wave, type }) => {
      const [row] = await session.rows<MessageRow>(
        `${messageRows} where plan = $1 and wave = $2 and package = '' and type = $3 order by position desc limit 1`,
        [plan, wave, type],
      );
      return row && messageOf(row);
    },
    countMessages: async ({ plan, wave = '', package: rolePackage = '', by, types }, most) =>
      (
        await session.rows<{ count: number }>(
          `select count(*)::int as count from
             (select from rolewave.messages where plan = $1 and wave = $2 and package = $3 and by_person = $4 and type = any($5::text[]) limit $6) m`,
          [plan, wave, rolePackage, by, types, most],
        )
      )[0]?.count ?? 0,
    actedIn: async (person, plans) =>
      (
        await session.rows<{ plan: string }>(
          `select asked.plan from unnest($2::text[]) as asked(plan)
           where exists (select from rolewave.messages m where m.by_person = $1 and m.plan = asked.plan)
             or exists (select from rolewave.revisions r where r.applied_by = $1 and r.plan = asked.plan)`,
          [person, plans],
        )
      ).map(({ plan }) => plan),
    saveMessage: (jws) => insertMessages(session, [{ jws }]),
  };
}

export const messageOf = (row: MessageRow): StoredMessage => ({
  id: row.id,
  type: row.type,
  ...addressOfRow(row),
  by: row.by_person,
  jws: row.jws,
  acceptedAtMs: row.accepted_at,
});

/** In this order. The same message again changes nothing, not even the time at which it was accepted. Throws for a text that is not a sealed message. */
export async function insertMessages(session: Session, batch: RecordBatch['messages']): Promise<void> {
  if (batch.length === 0) return;
  const found = batch.map(({ jws }) => ({ ...envelopeOf(jws), jws }));
  await session.rows(
    `insert into rolewave.messages (plan, wave, package, id, type, by_person, jws, accepted_at)
     select plan, wave, package, id, type, by_person, jws, ${databaseNow}
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
       with ordinality as t(plan, wave, package, id, type, by_person, jws, number) order by number
     on conflict (plan, wave, package, id) do nothing`,
    [
      found.map(({ plan }) => plan),
      found.map(({ wave }) => wave),
      found.map((message) => message.package),
      found.map(({ id }) => id),
      found.map(({ type }) => type),
      found.map(({ by }) => by),
      found.map(({ jws }) => jws),
    ],
  );
}

/** Sender, type and address; read from the payload without verifying the seal. */
function envelopeOf(jws: string): { id: string; type: string; plan: string; wave: string; package: string; by: string } {
  const payload = decoded(jws);
  const field = (name: string): string => {
    const value = payload[name];
    if (typeof value !== 'string') throw new Error(`this is not a sealed message: its payload has no '${name}'`);
    return value;
  };
  return {
    id: field('id'),
    type: field('type'),
    plan: field('plan'),
    wave: payload['wave'] === undefined ? '' : field('wave'),
    package: payload['package'] === undefined ? '' : field('package'),
    by: field('by'),
  };
}

function decoded(jws: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload === 'object' && payload !== null) return payload as Record<string, unknown>;
  } catch {
    // The error below explains it.
  }
  throw new Error('this is not a sealed message: a compact JWS with a JSON payload was expected');
}
