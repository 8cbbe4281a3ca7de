/**
 * The form in which a role is held. What people review is a plain grant: in PostgreSQL, the account inherits what the role may do, may act as the role, and may
 * not pass it on. A form that gives less or more is not what was signed. Which options there are, and what is plain, each kind of system says for itself.
 */
import type { Actual, Held } from '../release/ledger.ts';

/** How the form of all grants of one (role, account) together differs from a plain grant, for people; undefined when it does not. */
export function unusualForm(grants: Pick<Held, 'options'>[], options: Actual['grantOptions'] = {}): string | undefined {
  if (grants.length === 0) return undefined;
  // One grant with an option is enough to have it.
  const has = (option: string, plain: boolean) => grants.some((grant) => grant.options[option] ?? plain);
  const parts = Object.entries(options).flatMap(([option, { plain, otherwise }]) => (has(option, plain) === plain ? [] : [otherwise]));
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** What these grants of one (role, account) give beyond a plain grant, such as `with the ADMIN OPTION`; undefined where they give nothing more. */
export function givesMore(grants: Pick<Held, 'options'>[], options: Actual['grantOptions'] = {}): string | undefined {
  const beyond = Object.entries(options).flatMap(([option, { plain, otherwise }]) =>
    !plain && grants.some((grant) => grant.options[option] === true) ? [otherwise] : [],
  );
  return beyond.length === 0 ? undefined : beyond.join(', ');
}
