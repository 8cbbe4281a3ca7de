/** What a release did to each grant, person by person, for those who may see it. */
import { z } from 'zod';
import { ledgerKinds, ledgerOutcomes } from '../../../domain/release/ledger.ts';
import { grantList, type GrantList, type GrantRow } from '../../../domain/views/grants.ts';
import { byKey } from '../../lists/by-key.ts';
import { isAmong } from '../../lists/matching.ts';
import { keyBefore, pageOf } from '../../lists/page.ts';
import { choice, ids, oneOf, paging, texts } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import type { Target } from '../../target.ts';
import { grantKey, inOrder } from '../released-grants.ts';
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
    async handle({ params, query }, services) {
      const target = targetOf(params);
      await requirePackage(services, target);
      const { plan, wave, package: id = '' } = target;
      const asked = { list: `grants ${plan}/${wave}/${id}`, query, cursors: services.cursors };
      const after = keyBefore(asked, z.array(z.string()));
      const rows = await matchingRows(services, target, query);
      const keyOf = (row: GrantRow) => grantKey(row, query.by ?? 'person');
      const { rows: grants, next } = pageOf(asked, after === undefined ? rows : rows.filter((row) => byKey(keyOf(row), after) > 0), keyOf);
      return { status: 200, body: { total: rows.length, grants, ...(next === undefined ? {} : { next }) } satisfies GrantList };
    },
  }),
];

async function matchingRows({ grants }: Services, { plan, wave, package: id = '' }: Target, query: GrantsQuery): Promise<readonly GrantRow[]> {
  const all = await grants.of({ plan, wave, package: id });
  const rows = all.filter(
    ({ system, person, kind, outcome }) =>
      isAmong(query.system, system) && isAmong(query.person, person) && isAmong(query.kind, kind) && isAmong(query.outcome, outcome),
  );
  return query.by === 'system' ? inOrder(rows, query.by) : rows;
}
