/** What a release did to each grant, person by person, for those who may see it. */
import { z } from 'zod';
import { ledgerKinds, ledgerOutcomes } from '../../../domain/release/ledger.ts';
import { grantList, type GrantList, type GrantRow } from '../../../domain/views/grants.ts';
import { firstRows } from '../../lists/first-rows.ts';
import { isAmong } from '../../lists/matching.ts';
import { keyBefore, pageOf } from '../../lists/page.ts';
import { choice, ids, oneOf, paging, texts } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';
import { targetOf } from '../../target.ts';
import { grantKey } from '../released-grants.ts';
import { inPageTurn } from '../page-turns.ts';
import { packageProblems, requirePackage } from '../in-plan.ts';

const grantsQuery = z.strictObject({
  by: oneOf(['person', 'system'] as const, 'order of the rows: by person (the default), or by system and role'),
  system: ids('id of a system'),
  person: texts('id of a person'),
  kind: choice(ledgerKinds, 'kind of entry'),
  outcome: choice(ledgerOutcomes, 'outcome'),
  ...paging,
});
type GrantsQuery = z.output<typeof grantsQuery>;

export const routes = [
  defineRoute<undefined, GrantsQuery>({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package/grants',
    group: 'packages',
    reads: 'package',
    summary: 'What the release did, person by person, with the reason where a grant failed; for the owner, the signers and the operators',
    query: grantsQuery,
    answers: { 200: { what: 'one page of the ledger; empty before the release', schema: grantList } },
    problems: ['malformed', ...packageProblems],
    async handle({ params, query, reading, gone }, services) {
      const target = targetOf(params);
      await requirePackage(services, target);
      const { plan, wave, package: id = '' } = target;
      const asked = { list: `grants ${plan}/${wave}/${id}`, query, cursors: services.cursors };
      const keyOf = (row: GrantRow) => grantKey(row, query.by ?? 'person');
      const after = keyBefore(asked, z.array(z.string()));
      const found = await inPageTurn(services, { plan, gone }, async () =>
        firstRows(matching(await services.grants.of({ plan, wave, package: id }), query), { keyOf, after, limit: query.limit }),
      );
      const { rows: grants, next } = pageOf(asked, found.rows, keyOf);
      return {
        status: 200,
        body: {
          total: found.total,
          grants,
          names: await services.planned.namesIn(reading, grants),
          ...(next === undefined ? {} : { next }),
        } satisfies GrantList,
      };
    },
  }),
];

function* matching(rows: readonly GrantRow[], query: GrantsQuery): Generator<GrantRow> {
  for (const row of rows) {
    const { system, person, kind, outcome } = row;
    if (isAmong(query.system, system) && isAmong(query.person, person) && isAmong(query.kind, kind) && isAmong(query.outcome, outcome)) yield row;
  }
}
