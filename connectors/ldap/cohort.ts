/** Who is in a cohort, by a filter of the plan over the accounts of a directory. */
import { AndFilter, EqualityFilter, FilterParser, NotFilter, OrFilter, type Entry, type Filter } from 'ldapts';
import { attributeRefusal, FilterMistake, readDirectoryFilter } from '../../domain/plan/filters.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import type { CohortQuery } from '../connector.ts';
import { ownName } from './accounts.ts';
import type { Directory } from './members.ts';

const mostEntries = 100_000;
const perRequest = 100;

/**
 * Of the entries at and below the base of the accounts, by the attribute that plans call them by. Only the accounts that are asked for are asked for, a hundred at a
 * time: a directory sends no more than so many entries at once, and what matches besides is nobody's business.
 */
export async function answeredByFilter({ session, settings }: Directory, { filter, accounts }: CohortQuery, signal?: AbortSignal): Promise<string[]> {
  if (filter === undefined) throw new StatementRefused('a directory takes a filter, and no statement');
  const { base, name, filterBy = [] } = settings.accounts;
  const asked = parsed(filter, filterBy);
  const search = (of: Filter) =>
    session.search({ base, scope: 'sub', filter: of, attributes: name === 'dn' ? ['1.1'] : [name], paged: true, most: mostEntries, signal });
  if (name === 'dn') return among(accounts, await search(asked));
  const found: Entry[] = [];
  for (let at = 0; at < accounts.length; at += perRequest) {
    const some = accounts.slice(at, at + perRequest).map((value) => new EqualityFilter({ attribute: name, value }));
    found.push(...(await search(new AndFilter({ filters: [asked, new OrFilter({ filters: some })] }))));
    signal?.throwIfAborted();
  }
  return among(accounts, found);

  function among(wanted: string[], entries: Entry[]): string[] {
    const named = new Set(entries.flatMap((entry) => ownName(entry, name) ?? []));
    return wanted.filter((account) => named.has(account));
  }
}

/** What is sent is what the client has read, so its reading decides about the attributes too. */
function parsed(text: string, allowed: string[]): Filter {
  try {
    const filter = FilterParser.parseString(readDirectoryFilter(text).text);
    const refusal = attributeRefusal(attributesOf(filter), allowed);
    if (refusal !== undefined) throw new FilterMistake(refusal);
    return filter;
  } catch (error) {
    throw new StatementRefused(`the filter of the cohort is refused: ${error instanceof FilterMistake ? error.message : 'it cannot be read'}`);
  }
}

function attributesOf(filter: Filter): string[] {
  if (filter instanceof AndFilter || filter instanceof OrFilter) return filter.filters.flatMap(attributesOf);
  if (filter instanceof NotFilter) return attributesOf(filter.filter);
  // An extensible match has its attribute elsewhere, and may have none, for all of them.
  if (!('attribute' in filter) || typeof filter.attribute !== 'string') throw new FilterMistake('it has a match by a rule of its own');
  return [filter.attribute.replace(/;.*$/s, '').toLowerCase()];
}
