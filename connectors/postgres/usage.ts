/** Who used which role when, by the usage statement of the plan: rows of `account`, `role` and `at`. */
import type { ClientBase } from 'pg';
import { numberedQuery, runPlanQuery } from '../../clients/postgres/plan-query.ts';
import { usageForm } from '../../domain/plan/query.ts';
import type { Use, UsageQuery } from '../connector.ts';

interface UsageRow {
  account: string;
  role: string | null;
  at: string;
}

/** The server computes the last use of each pair, so that a log of millions of rows is not transferred. */
export async function usedByStatement(client: ClientBase, { statement, timeZone, roles, accounts, fromMs, toMs }: UsageQuery): Promise<Use[]> {
  if (timeZone !== undefined) await client.query("select set_config('timezone', $1, true)", [timeZone]);
  const { sql, values } = numberedQuery(statement, usageForm, { from: fromMs, to: toMs, people: accounts, roles });
  const extra = [accounts, roles, new Date(fromMs).toISOString()];
  const [people, asked, from] = extra.map((_, index) => `$${values.length + index + 1}`);
  const { rows } = await runPlanQuery<UsageRow>(
    client,
    `select account::text as account, role::text as role, extract(epoch from max(at::timestamptz)) * 1000 as at from (\n${sql}\n) as used
      where account::text = any(${people}::text[]) and (role is null or role::text = any(${asked}::text[])) and at::timestamptz >= ${from}::timestamptz
      group by 1, 2`,
    [...values, ...extra],
    advice,
  );
  return rows.map(({ account, role, at }) => ({ account, ...(role === null ? {} : { role }), atMs: Math.floor(Number(at)) }));
}

const advice = {
  '25006': 'a usage statement only reads',
  '42601': 'a usage statement is one SELECT',
  '42703': 'check its names; it answers the columns `account`, `role` and `at`',
  '42702': 'it answers `account`, `role` and `at`, each once',
  '42846': '`at` is a time: cast it to timestamptz',
};
