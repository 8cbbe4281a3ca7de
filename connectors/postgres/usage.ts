/** Who used which role when, by the usage statement of the site file: rows of `account`, `role` and `at`. */
import { numberedQuery } from '../../clients/postgres/plan-query.ts';
import type { Statements } from '../../clients/postgres/statements.ts';
import { usageForm } from '../../domain/plan/query.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import type { Use, UsageQuery } from '../connector.ts';
import { numberText } from '../../domain/number-text.ts';

interface UsageRow {
  account: string;
  role: string | null;
  at: string;
}

const mostPairs = 100_000;
/** Names of two times 63 characters, and the time. */
const maxBytes = 64 * 2 ** 20;

/** The server computes the last use of each pair, so that a log of millions of rows is not transferred. */
export async function usedByStatement(
  statements: Statements,
  { plan, statement, timeZone, roles, accounts, fromMs, toMs }: UsageQuery,
  signal?: AbortSignal,
): Promise<Use[]> {
  const query = numberedQuery(statement, usageForm, { from: fromMs, to: toMs, people: accounts, roles });
  const values = [accounts, roles, new Date(fromMs).toISOString()];
  const [people, asked, from] = values.map((_, index) => `$${query.values.length + index + 1}::pg_catalog.`);
  const { rows } = await statements.run(
    { plan, timeZone, maxBytes },
    ({ ask }) =>
      ask<UsageRow>({
        before: `select used.account::pg_catalog.text as account, used.role::pg_catalog.text as role,
          extract(epoch from pg_catalog.max(used.at::pg_catalog.timestamptz)) * 1000 as at from (\n`,
        query,
        after: `\n) as used
          where used.account::pg_catalog.text = any(${people}text[]) and (used.role is null or used.role::pg_catalog.text = any(${asked}text[]))
            and used.at::pg_catalog.timestamptz >= ${from}timestamptz
          group by 1, 2 limit ${mostPairs + 1}`,
        values,
        advice,
      }),
    signal,
  );
  if (rows.length > mostPairs) throw new StatementRefused(`the usage statement answers more than ${numberText(mostPairs)} pairs of account and role`);
  return rows.map(({ account, role, at }) => ({ account, ...(role === null ? {} : { role }), atMs: Math.floor(Number(at)) }));
}

const advice = {
  '0A000': 'a usage statement only reads: no INSERT, UPDATE or DELETE, nor anything else that PostgreSQL allows only elsewhere',
  '25006': 'a usage statement only reads',
  '42601': 'a usage statement is one SELECT',
  '42703': 'check its names; it answers the columns `account`, `role` and `at`',
  '42702': 'it answers `account`, `role` and `at`, each once',
  '42846': '`at` is a time: cast it to timestamptz',
};
