/** Who is in a cohort, by a filter of the plan over the users of a SCIM server (RFC 7644, 3.4.2.2). */
import { randomUUID } from 'node:crypto';
import { attributeRefusal, FilterMistake, readScimFilter } from '../../domain/plan/filters.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import type { CohortQuery } from '../connector.ts';
import { equals } from './listing.ts';
import type { ScimSettings } from './settings.ts';
import type { Users } from './users.ts';

/** Of a hundred users, as far as the server sends so many at once. */
const mostPages = 1_000;

/**
 * A server that ignores a filter answers everybody, which would put everybody into the cohort. So it is asked for somebody who does not exist too, and refused
 * when it answers anybody.
 */
export async function answeredByFilter(
  users: Users,
  { accounts: { filterBy = [] } }: Pick<ScimSettings, 'accounts'>,
  { filter, accounts }: CohortQuery,
  signal?: AbortSignal,
): Promise<string[]> {
  if (filter === undefined) throw new StatementRefused('a SCIM server takes a filter, and no statement');
  const text = textOf(filter, filterBy);
  const nobody = await users.matching(`(${text}) and ${equals('userName', `rolewave-${randomUUID()}`)}`, 1, signal);
  if (nobody?.length !== 0) throw new StatementRefused('the SCIM server answers users whom a filter does not match, so nobody can be chosen by one');
  const names = await users.matching(text, mostPages, signal);
  if (!names) throw new StatementRefused(`the filter of the cohort answers more than ${mostPages} pages of users: choose fewer`);
  const named = new Set(names);
  return accounts.filter((account) => named.has(account));
}

function textOf(filter: string, allowed: string[]): string {
  try {
    const { attributes, text } = readScimFilter(filter);
    const refusal = attributeRefusal(attributes, allowed);
    if (refusal !== undefined) throw new FilterMistake(refusal);
    return text;
  } catch (error) {
    if (error instanceof FilterMistake) throw new StatementRefused(`the filter of the cohort is refused: ${error.message}`);
    throw error;
  }
}
