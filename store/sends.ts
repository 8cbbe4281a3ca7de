/**
 * When a notice is sent to somebody: at once, or in a later hour where the plan, or all plans under its right of the site, have sent as many in this one as the
 * site allows, or as many to this mailbox. Each message gets its instant once, in the order in which they ask, so that none waits for another plan's and none is lost.
 */
import { createHash } from 'node:crypto';
import type { NoticeMessageKey, PlaceWanted, Store, StoreReader } from './contract.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

const hourMs = 3_600_000;

export function sends(session: Session): Pick<Store, 'placeToSend' | 'placesToSend' | 'countTry'> & Pick<StoreReader, 'waitingNotices'> {
  return {
    placeToSend: (message, wanted) => session.transaction((transaction) => place(transaction, message, wanted)),

    placesToSend: (wanted) =>
      session.transaction(async (transaction) => {
        const due: number[] = [];
        // Each transaction takes the locks of several lines in one order.
        const inOrder = wanted.map((each, index) => ({ ...each, index })).toSorted((a, b) => (a.line < b.line ? -1 : a.line > b.line ? 1 : a.index - b.index));
        for (const { message, index, ...of } of inOrder) due[index] = await place(transaction, message, of);
        return due;
      }),

    countTry: async (delivery, run) => {
      const [counted] = await session.rows<{ tries: number }>(
        `update rolewave.sends set tries = case when run = $4 then tries + 1 else 1 end, run = $4
         where notice = $1 and channel = $2 and recipient = $3 returning tries`,
        [...keyOf(delivery), run],
      );
      return counted?.tries ?? 1;
    },

    waitingNotices: async (plans) => session.rows<{ plan: string; messages: number; untilMs: number }>(waiting, [plans ?? null]),
  };
}

async function place(
  transaction: Session,
  delivery: NoticeMessageKey,
  { line, share: { plan, right }, mailbox, most, nowMs, again }: PlaceWanted,
): Promise<number> {
  const known = await dueAt(transaction, delivery, again);
  if (known !== undefined) return known;
  await transaction.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`rolewave sends ${line} ${right}`]);
  // Another worker may have asked for the same message meanwhile.
  const since = await dueAt(transaction, delivery, again);
  if (since !== undefined) return since;
  const hour = Math.floor(nowMs / hourMs);
  // Another right's mail to the same mailbox is its own: nobody makes others' mail wait.
  const counted = [
    { owner: `plan ${plan}`, most: most.perPlan },
    { owner: `right ${right}`, most: most.perRight },
    ...(mailbox === undefined ? [] : [{ owner: `to ${digestOf([right, mailbox])}`, most: most.perMailbox }]),
  ];
  const owners = counted.map(({ owner }) => owner);
  const [free] = await transaction.rows<{ hour: number; filled: number }>(nextFreeHour, [line, owners, counted.map((each) => each.most), hour]);
  if (!free) throw new Error('no hour is free for a notice');
  // Those of a later hour are spread over it.
  const dueMs = free.hour === hour ? nowMs : Math.round((free.hour + Math.min(free.filled, 0.99)) * hourMs);
  await transaction.rows(
    `insert into rolewave.sends_in_hour (line, owner, hour, sends) select $1, unnest($2::text[]), $3, 1
     on conflict (line, owner, hour) do update set sends = sends_in_hour.sends + 1`,
    [line, owners, free.hour],
  );
  await transaction.rows(
    `insert into rolewave.sends (notice, channel, recipient, due_at, placed_for) values ($1, $2, $3, $4, $5)
     on conflict (notice, channel, recipient) do update set due_at = excluded.due_at, placed_for = excluded.placed_for`,
    [...keyOf(delivery), dueMs, again ?? ''],
  );
  return dueMs;
}

/** $4: this hour. An hour is free while none of the owners ($2) has all that it may send in it ($3); `filled`: the part that the fullest of them has sent. */
const nextFreeHour = `with counted as (
    select s.hour, max(s.sends::float8 / o.most) as filled
    from rolewave.sends_in_hour s join unnest($2::text[], $3::int[]) as o (owner, most) on o.owner = s.owner
    where s.line = $1 and s.hour >= $4::bigint group by s.hour),
  taken as (select hour from counted where filled >= 1)
  select ${asNumber('free.hour')} as hour, coalesce(counted.filled, 0) as filled
  from (select min(hour) as hour from (select $4::bigint as hour union all select hour + 1 from taken) as after where hour not in (select hour from taken)) as free
  left join counted on counted.hour = free.hour`;

/** The table has no addresses. */
const digestOf = (parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);

/** Of notices that somebody still has to answer. */
export const waiting = `select n.plan, count(*)::int as messages, ${asNumber('max(s.due_at)')} as "untilMs"
  from rolewave.sends s join rolewave.notices n on n.id = s.notice
  where s.due_at > ${databaseNow} and ($1::text[] is null or n.plan = any($1)) and n.answered_at is null and n.withdrawn_at is null
    and not exists (select from rolewave.deliveries d where d.notice = s.notice and d.channel = s.channel and d.recipient = s.recipient and d.state = 'sent')
  group by n.plan order by n.plan`;

const keyOf = ({ notice, channel, recipient }: NoticeMessageKey): string[] => [notice, channel, recipient];

async function dueAt(session: Session, delivery: NoticeMessageKey, again: string | undefined): Promise<number | undefined> {
  const [found] = await session.rows<{ dueMs: number }>(
    `select ${asNumber('due_at')} as "dueMs" from rolewave.sends
     where notice = $1 and channel = $2 and recipient = $3 and ($4::text is null or placed_for = $4)`,
    [...keyOf(delivery), again ?? null],
  );
  return found?.dueMs;
}
