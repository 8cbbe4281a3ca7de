/** From account names to people of a plan. Pure. */
import { isPersonId } from '../domain/plan/fields.ts';

export interface FoundPerson {
  id: string;
  name: string;
  /** Undefined for a person without an account in the system, or whose account is their id. */
  account?: string;
}

/**
 * One person per account, in the accounts' order. An account that can be an id keeps it; the others get a different, unique one. Of accounts that differ
 * only in upper and lower case, only the one in lower case keeps it: a plan refuses two such people.
 */
export function peopleOf(accounts: string[]): FoundPerson[] {
  const spellings = new Map<string, number>();
  for (const account of accounts) spellings.set(account.toLowerCase(), (spellings.get(account.toLowerCase()) ?? 0) + 1);
  const keeps = (account: string) => isPersonId(account) && (account === account.toLowerCase() || spellings.get(account.toLowerCase()) === 1);
  const taken = new Set(accounts.filter(keeps).map((account) => account.toLowerCase()));
  return accounts.map((account) => {
    if (keeps(account)) return { id: account, name: nameOf(account) };
    const id = free(idOf(account), taken);
    taken.add(id);
    return { id, name: nameOf(account), account };
  });
}

/** `Anna Müller (FIN)` → `anna-muller-fin`. */
export function idOf(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/@.*$/, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return plain.slice(0, 56) || 'someone';
}

function free(id: string, taken: Set<string>): string {
  if (!taken.has(id)) return id;
  for (let number = 2; ; number++) if (!taken.has(`${id}-${number}`)) return `${id}-${number}`;
}

/** `amara.okafor` → `Amara Okafor`, `/sales/clerks` → `Sales Clerks`; a guess for a person to correct. */
export const nameOf = (account: string): string =>
  account
    .replace(/@.*$/, '')
    .split(/[._\-\s/:]+/)
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ') || account;
