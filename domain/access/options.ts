/**
 * The form in which a role is held. What people review is a plain membership: the account inherits what the role may do, may act as the role, and may not
 * pass it on (PostgreSQL: INHERIT, SET, not ADMIN). A form that gives less or more is not what was signed.
 */
import type { Held } from '../release/ledger.ts';

/** How the form of all grants of one (role, account) together differs from a plain membership, for people; undefined when it does not. */
export function unusualForm(grants: Pick<Held, 'options'>[]): string | undefined {
  if (grants.length === 0) return undefined;
  const any = (option: string, byDefault: boolean) => grants.some(({ options }) => options[option] ?? byDefault);
  const parts = [
    ...(any('inherit', true) ? [] : ['without INHERIT']),
    ...(any('set', true) ? [] : ['without SET']),
    ...(any('admin', false) ? ['with the ADMIN OPTION'] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
