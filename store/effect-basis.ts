/**
 * What the checks before an effect rest on, read in one statement: of one moment, and in one round trip. Only rows are read here; what they mean is decided in
 * domain/authority. What may be long is read in parts: of messages the first page is in it, and who decided by other revisions is asked where it counts
 * (deciders.ts). Previews never change under their digest, and are read before it, each by itself.
 */
import { decidingTypes, type MessageType } from '../domain/messages.ts';
import type { EffectBasis, KnownRows, MessagePage, Store } from './contract.ts';
import { comparisonRows, comparisonsOf, type ComparisonRow } from './readings.ts';
import { messageColumns, messageOf, type MessageRow } from './messages.ts';
import { previews } from './previews.ts';
import { releaseOf, releaseRows, type ReleaseRow } from './releases.ts';
import { revisionOf, revisionRows, type RevisionRow } from './revisions.ts';
import { asNumber, type Session } from './session.ts';

interface Row {
  baseline: { readable: EffectBasis['readable'] }[];
  rechecks: ComparisonRow[];
  verdicts: { verdict: EffectBasis['verdicts'][number] }[];
  revision: RevisionRow[];
  latest: number | null;
  messages: PagedRow[];
  releases: ReleaseRow[];
  receipts: EffectBasis['receipts'];
}

interface PagedRow extends MessageRow {
  position: number;
}

/** Of a package, and of its wave as a whole. A message has up to some ten kilobytes, and its seal takes a third of a millisecond to verify. */
const inAPage = 200;

/**
 * $1 plan, $2 wave, $3 package; `after`: of the parameters. The types are in the text of the statement, because the index of such messages has the same condition
 * (migration 0019). A page is the first of two that are in order.
 */
function pageOfMessages(types: readonly MessageType[], after: string): string {
  const listed = types.map((type) => `'${type}'`).join(', ');
  const page = (rolePackage: string) =>
    `(select ${messageColumns}, position from rolewave.messages
      where plan = $1 and wave = $2 and package = ${rolePackage} and type in (${listed}) and position > ${after} order by position limit ${inAPage})`;
  return `select id, type, plan, wave, package, by_person, jws, accepted_at, ${asNumber('position')} as position
    from (${page("''")} union all select * from ${page('$3')} own where $3 <> '') both_of order by both_of.position limit ${inAPage}`;
}

const rows = (select: string): string => `(select coalesce(json_agg(row_to_json(r)), '[]') from (${select}) r)`;

/** $1 plan, $2 wave, $3 package, $4 revision; $5 whether it is known, $6 digest of the plan's section, $7 of the signed preview. */
const statement = `select
  ${rows(`${revisionRows} where plan = $1 and number = $4 and not $5::boolean`)} as revision,
  (select max(number) from rolewave.revisions where plan = $1) as latest,
  ${rows(pageOfMessages(decidingTypes, '0'))} as messages,
  ${rows(`${releaseRows} where plan = $1 and package = $3 order by position`)} as releases,
  ${rows('select system from rolewave.receipts where plan = $1 and wave = $2 and package = $3 order by system')} as receipts,
  ${rows(`select readable from rolewave.baselines where plan = $1 and wave = $2 and package = $3 and plan_digest = $6 order by position desc limit 1`)} as baseline,
  ${rows(`${comparisonRows} where plan = $1 and wave = $2 and package = $3 and preview_digest = $7 order by system, position desc`)} as rechecks,
  ${rows(`select distinct verdict from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 order by verdict`)} as verdicts`;

const nothing: KnownRows = { previews: new Map() };

/** Behind rows that nobody sealed. */
const newestOfEach = 20;

export function effectBasis(session: Session): Pick<Store, 'effectBasis' | 'effectMessages' | 'signOffsElsewhere' | 'newestSignOffsElsewhere'> {
  const { preview } = previews(session);
  return {
    effectBasis: async (of, known = nothing) => {
      const signed = new Map(known.previews);
      for (const digest of of.previews) {
        const content = signed.get(digest) ?? (await preview(digest));
        if (content) signed.set(digest, content);
      }
      const [row] = await session.rows<Row>(statement, [
        of.plan,
        of.wave,
        of.package,
        of.revision,
        known.revision !== undefined,
        of.planDigest,
        of.previewDigest,
      ]);
      if (!row) throw new Error('the store answered nothing');
      return basisOf(row, { ...known, previews: signed });
    },
    effectMessages: async ({ plan, wave, package: id = '' }, { after = 0, types = decidingTypes } = {}) =>
      pageOf(await session.rows<PagedRow>(pageOfMessages(types, '$4'), [plan, wave, id, after])),
    newestSignOffsElsewhere: async ({ plan, wave }, asked) =>
      (
        await session.rows<MessageRow>(
          `select found.* from unnest($3::text[], $4::text[]) as asked(package, by), lateral (
             select ${messageColumns}, position from rolewave.messages
             where by_person = asked.by and plan = $1 and wave <> $2 and package = asked.package and type = 'signOff'
             order by messages.position desc limit ${newestOfEach}) as found
           order by found.position desc`,
          [plan, wave, asked.map((each) => each.package), asked.map(({ by }) => by)],
        )
      ).map(messageOf),
    signOffsElsewhere: async ({ plan, wave, package: id, by }, after) =>
      pageOf(
        await session.rows<PagedRow>(
          `select ${messageColumns}, ${asNumber('position')} as position from rolewave.messages
           where by_person = $4 and plan = $1 and wave <> $2 and package = $3 and type = 'signOff' and ($5::float8 is null or position < $5::float8)
           order by messages.position desc limit ${inAPage}`,
          [plan, wave, id, by, after ?? null],
        ),
      ),
  };
}

function basisOf(row: Row, known: KnownRows): EffectBasis {
  return {
    revision: known.revision ?? revisionOf(row.revision[0]),
    latest: row.latest ?? 0,
    previews: known.previews,
    ...pageOf(row.messages),
    releases: row.releases.map(releaseOf),
    receipts: row.receipts,
    readable: row.baseline[0]?.readable,
    compared: comparisonsOf(row.rechecks),
    verdicts: row.verdicts.map(({ verdict }) => verdict),
  };
}

function pageOf(found: PagedRow[]): MessagePage {
  const last = found.at(-1);
  return { messages: found.map(messageOf), ...(last && found.length === inAPage ? { after: last.position } : {}) };
}
