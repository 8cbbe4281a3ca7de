/** Who is in a cohort, by a statement of the plan that answers accounts. */
import { numberedQuery } from '../../clients/postgres/plan-query.ts';
import type { Statements } from '../../clients/postgres/statements.ts';
import { cohortForm } from '../../domain/plan/query.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import type { CohortQuery } from '../connector.ts';

interface CohortRow {
  accounts: string[];
}

/** A cohort has at most 20,000 people, and a name at most 63 characters of four bytes. */
const maxBytes = 8 * 2 ** 20;

/** The server compares, so that of an answer of millions of rows only those that the plan names are transferred. */
export async function answeredByStatement(statements: Statements, query: CohortQuery, signal?: AbortSignal): Promise<string[]> {
  const { plan, right, statement, timeZone, accounts, rolePackage } = query;
  if (statement === undefined) throw new StatementRefused('a system of kind postgres takes a statement, and no filter');
  const asked = numberedQuery(statement, cohortForm, { people: accounts, package: rolePackage });
  const people = `$${asked.values.length + 1}::pg_catalog.text[]`;
  const { rows } = await statements.run(
    { plan, right, timeZone, maxBytes },
    ({ ask }) =>
      ask<CohortRow>({
        before: `select coalesce(pg_catalog.array_agg(distinct answered.account::pg_catalog.text) filter (where answered.account::pg_catalog.text = any(${people})), '{}') as accounts from (\n`,
        query: asked,
        after: '\n) as answered',
        values: [accounts],
        advice,
      }),
    signal,
  );
  const [row] = rows;
  if (!row) throw new StatementRefused('the statement of the cohort gave no answer');
  return row.accounts;
}

const advice = {
  '0A000': 'a statement of a cohort only reads: no INSERT, UPDATE or DELETE, nor anything else that PostgreSQL allows only elsewhere',
  '25006': 'a statement of a cohort only reads',
  '42601': 'a statement of a cohort is one SELECT',
  '42703': 'check its names; it answers the column `account`',
  '42702': 'it answers `account` once',
};
