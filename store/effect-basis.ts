/**
 * Everything that the checks before an effect rest on, read in one statement: of one moment, and in one round trip. Only rows are read here; what they
 * mean is decided in domain/authority. Previews never change under their digest, and may be large: they are read before it, each by itself.
 */
import type { Deciders } from '../domain/plan/digest.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { EffectBasis, KnownRows, RevisionTerms, Store } from './contract.ts';
import { comparisonRows, comparisonsOf, type ComparisonRow } from './readings.ts';
import { previews } from './previews.ts';
import { messageOf, messageRows, type MessageRow } from './messages.ts';
import { receiptRows } from './receipts.ts';
import { releaseOf, releaseRows, type ReleaseRow } from './releases.ts';
import { revisionOf, revisionRows, type RevisionRow } from './revisions.ts';
import type { Session } from './session.ts';

interface Row {
  baseline: { readable: EffectBasis['readable'] }[];
  rechecks: ComparisonRow[];
  verdicts: { verdict: EffectBasis['verdicts'][number] }[];
  revision: RevisionRow[];
  terms: ({ number: number; applied_by: string; applied_at: number; seal: string } & Deciders)[];
  numbers: number[];
  messages: MessageRow[];
  releases: ReleaseRow[];
  receipts: { receipt: Receipt }[];
}

const rows = (select: string): string => `(select coalesce(json_agg(row_to_json(r)), '[]') from (${select}) r)`;

/**
 * $1 plan, $2 wave, $3 package, $4 revision; $5 whether it is known, $6 known terms, $7 digest of the plan's section,
 * $8 of the signed preview. Of terms, all that their seal covers is read.
 */
const statement = `select
  ${rows(`${revisionRows} where plan = $1 and number = $4 and not $5::boolean`)} as revision,
  ${rows(`select number, applied_by, applied_at, seal,
      document -> 'operators' as operators, document -> 'delegates' as delegates, document -> 'blackouts' as blackouts,
      (select json_agg(json_build_object('id', p ->> 'id', 'owner', p ->> 'owner') order by n)
        from json_array_elements(document -> 'packages') with ordinality as t(p, n)) as owners,
      (select json_agg(json_build_object('wave', w ->> 'id', 'package', e ->> 'package') order by n, m)
        from json_array_elements(document -> 'waves') with ordinality as t(w, n),
          json_array_elements(w -> 'packages') with ordinality as u(e, m)) as entries
    from rolewave.revisions where plan = $1 and number <> $4 and number <> all($6::int[]) order by number`)} as terms,
  (select coalesce(json_agg(number order by number), '[]') from rolewave.revisions where plan = $1 and number <> $4) as numbers,
  ${rows(`${messageRows} where plan = $1 and wave = $2 order by position`)} as messages,
  ${rows(`${releaseRows} where plan = $1 and package = $3 order by position`)} as releases,
  ${rows(`${receiptRows} where plan = $1 and wave = $2 and package = $3 order by system`)} as receipts,
  ${rows(`select readable from rolewave.baselines where plan = $1 and wave = $2 and package = $3 and plan_digest = $7 order by position desc limit 1`)} as baseline,
  ${rows(`${comparisonRows} where plan = $1 and wave = $2 and package = $3 and preview_digest = $8 order by system, position desc`)} as rechecks,
  ${rows(`select distinct verdict from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 order by verdict`)} as verdicts`;

const nothing: KnownRows = { previews: new Map(), terms: [] };

export function effectBasis(session: Session): Pick<Store, 'effectBasis'> {
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
        known.terms.map(({ number }) => number),
        of.planDigest,
        of.previewDigest,
      ]);
      if (!row) throw new Error('the store answered nothing');
      return basisOf(row, of.revision, { ...known, previews: signed });
    },
  };
}

function basisOf(row: Row, revision: number, known: KnownRows): EffectBasis {
  const terms = new Map([...known.terms, ...row.terms.map(termsOf)].map((each) => [each.number, each]));
  return {
    revision: known.revision ?? revisionOf(row.revision[0]),
    earlier: row.numbers.flatMap((number) => (number < revision ? (terms.get(number) ?? []) : [])),
    later: row.numbers.flatMap((number) => (number > revision ? (terms.get(number) ?? []) : [])),
    previews: known.previews,
    messages: row.messages.map(messageOf),
    releases: row.releases.map(releaseOf),
    receipts: row.receipts.map(({ receipt }) => receipt),
    readable: row.baseline[0]?.readable,
    compared: comparisonsOf(row.rechecks),
    verdicts: row.verdicts.map(({ verdict }) => verdict),
  };
}

const termsOf = ({ number, applied_by: appliedBy, applied_at: appliedAtMs, seal, ...deciders }: Row['terms'][number]): RevisionTerms => ({
  number,
  appliedBy,
  appliedAtMs,
  seal,
  deciders,
});
