/** Requests for people: each notice once, as it was first recorded; separately, when it was answered and the outcome of its deliveries. */
import { mostOfEvent, type RecordBatch } from '../domain/records.ts';
import type { Action } from '../domain/notices/action.ts';
import { toldOnly, type RequestKind, type NoticeLevel } from '../domain/notices/request.ts';
import { noticeView, type NoticeView } from '../domain/views/notice.ts';
import type { Found, Positioned, Store } from './contract.ts';
import { inForm, notLarger } from './in-form.ts';
import { inFullClause, inFullParameters } from './in-full.ts';
import { pageLookedAt, type Look } from './looked-at.ts';
import { addressOfRow, asNumber, databaseNow, storable, wholeMs, type Session } from './session.ts';

interface Row {
  id: string;
  plan: string;
  wave: string;
  package: string;
  kind: RequestKind;
  level: NoticeLevel;
  to: string[];
  openedAtMs: number;
  byMs: number | null;
  text: string;
  action: Action;
  answeredAtMs: number | null;
  withdrawnAtMs: number | null;
  withdrawnBy: number | null;
  waitsUntilMs: number | null;
  deliveries: NoticeView['deliveries'];
  position: number;
}

const selected = `select id, plan, wave, package, kind, level, recipients as "to", ${asNumber('opened_at')} as "openedAtMs", ${asNumber('by_at')} as "byMs",
    text, action, ${asNumber('answered_at')} as "answeredAtMs",
    ${asNumber('withdrawn_at')} as "withdrawnAtMs", withdrawn_by as "withdrawnBy", ${asNumber('n.position')} as "position",
    (select ${asNumber('max(due_at)')} from rolewave.sends s where s.notice = id and due_at > ${databaseNow} and answered_at is null and withdrawn_at is null)
      as "waitsUntilMs",
    (select coalesce(json_agg(json_strip_nulls(json_build_object(
              'channel', channel, 'recipient', recipient, 'state', state, 'attempts', attempts, 'why', left(why, 2000), 'atMs', at)) order by channel, recipient), '[]')
     from rolewave.deliveries where notice = id) as deliveries
  from rolewave.notices n`;
const readable = notLarger(mostOfEvent, { texts: ['text', 'kind'], json: ['action', 'recipients'] });

export function notices(session: Session): Pick<Store, 'notices' | 'noticePage' | 'saveDelivery'> {
  return {
    notices: async ({ plan, id }) =>
      inForm(
        noticeView,
        (
          await session.rows<Row>(`${selected} where ($1::text is null or plan = $1) and ($2::text is null or id = $2) and ${readable} order by n.position`, [
            plan ?? null,
            id ?? null,
          ])
        ).map(noticeOf),
      ),

    noticePage: (filter) => page(session, filter),

    saveDelivery: async (notice, { channel, recipient }, { state, why }) => {
      await session.rows(
        `insert into rolewave.deliveries (notice, channel, recipient, state, attempts, why, at) values ($1, $2, $3, $4, 1, $5, ${databaseNow})
         on conflict (notice, channel, recipient) do update
           set state = excluded.state, attempts = deliveries.attempts + 1, why = excluded.why, at = excluded.at
           where not (deliveries.state = 'sent' and excluded.state = 'failed')`,
        [notice, channel, recipient, state, why === undefined ? null : storable(why)],
      );
    },
  };
}

/** Rows that are not in their form are left out, and do not end the list early. */
const page = async (session: Session, filter: NoticeFilter): Promise<Found<NoticeView>> => {
  const found: Positioned<NoticeView>[] = [];
  for (let { after } = filter; ;) {
    const wanted = filter.limit - found.length;
    const { rows, readUntil } = await pageLookedAt<Row>(session, lookFor({ ...filter, after, limit: wanted }), selected);
    found.push(...rows.flatMap((row) => inForm(noticeView, [noticeOf(row)]).map((notice) => ({ ...notice, position: row.position }))));
    after = rows.at(-1)?.position;
    if (rows.length < wanted) return { rows: found, ...(readUntil === undefined ? {} : { readUntil }) };
    if (found.length >= filter.limit) return { rows: found };
  }
};

type NoticeFilter = Parameters<Store['noticePage']>[0];

const lookFor = ({ plan, wave, about, open, undelivered, sinceMs, text, after, limit, inFull }: NoticeFilter): Look => ({
  table: 'notices',
  order: 'asc',
  plans: plan,
  waves: wave,
  after,
  limit,
  condition: `($6::text[] is null or (plan, package) in (select * from unnest($6::text[], $7::text[])))
           and ($8::boolean is null or (answered_at is null and withdrawn_at is null and kind <> all($9::text[])) = $8)
           and ($10::boolean is null or exists (select from rolewave.deliveries where notice = id and state = 'failed') = $10)
           and ($11::bigint is null or opened_at >= $11)
           and ($12::text is null or strpos(lower(concat_ws(' ', plan, wave, package, kind, recipients::text, text)), lower($12)) > 0)
           and ${readable} and ${inFullClause(13)}`,
  values: [
    about?.map((each) => each.plan) ?? null,
    about?.map((each) => each.package) ?? null,
    open ?? null,
    toldOnly,
    undelivered ?? null,
    wholeMs(sinceMs),
    text ?? null,
    ...inFullParameters(inFull),
  ],
});

const noticeOf = (row: Row): NoticeView => ({
  id: row.id,
  ...addressOfRow(row),
  kind: row.kind,
  level: row.level,
  to: row.to,
  openedAtMs: row.openedAtMs,
  ...(row.byMs === null ? {} : { byMs: row.byMs }),
  text: row.text,
  action: row.action,
  ...(row.answeredAtMs === null ? {} : { answeredAtMs: row.answeredAtMs }),
  ...(row.withdrawnAtMs === null || row.withdrawnBy === null ? {} : { withdrawn: { atMs: row.withdrawnAtMs, revision: row.withdrawnBy } }),
  ...(row.waitsUntilMs === null ? {} : { waitsUntilMs: row.waitsUntilMs }),
  deliveries: row.deliveries,
});

export async function insertNotices(session: Session, batch: NonNullable<RecordBatch['notices']>): Promise<void> {
  if (batch.length === 0) return;
  await session.rows(
    `insert into rolewave.notices (id, plan, wave, package, kind, level, recipients, opened_at, by_at, text, action)
     select id, plan, wave, package, kind, level, recipients::json, opened_at, by_at, text, action::json
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::text[])
       as t(id, plan, wave, package, kind, level, recipients, opened_at, by_at, text, action)
     on conflict (id) do nothing`,
    [
      batch.map(({ id }) => id),
      batch.map(({ plan }) => plan),
      batch.map(({ wave }) => wave ?? ''),
      batch.map((notice) => notice.package ?? ''),
      batch.map(({ kind }) => kind),
      batch.map(({ level }) => level),
      batch.map(({ to }) => JSON.stringify(to.map(storable))),
      batch.map(({ openedAtMs }) => Math.round(openedAtMs)),
      batch.map(({ byMs }) => (byMs === undefined ? null : Math.round(byMs))),
      batch.map(({ text }) => storable(text)),
      batch.map(({ action }) => JSON.stringify(action)),
    ],
  );
}

/** The first answer counts, or the first revision that no longer asks. */
export async function markAnswered(session: Session, batch: NonNullable<RecordBatch['answered']>): Promise<void> {
  const answered = batch.flatMap(({ notices: ids, atMs, revision }) => ids.map((id) => ({ id, atMs: Math.round(atMs), revision: revision ?? null })));
  if (answered.length === 0) return;
  await session.rows(
    `update rolewave.notices set answered_at = case when first.revision is null then first.at end,
       withdrawn_at = case when first.revision is not null then first.at end, withdrawn_by = first.revision
     from (select distinct on (id) id, at, revision from unnest($1::text[], $2::bigint[], $3::int[]) with ordinality as t(id, at, revision, n) order by id, at, n) as first
     where notices.id = first.id and answered_at is null and withdrawn_at is null`,
    [answered.map(({ id }) => id), answered.map(({ atMs }) => atMs), answered.map(({ revision }) => revision)],
  );
}
