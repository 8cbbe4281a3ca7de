/**
 * How facts are stored: thousands that were written together grant one role in one form to one person each. What their grants have in common (a form) is
 * kept once for all of them; a fact has the number of the form and what is its own, `[form, id, accountId]`.
 */
import type { Fact } from '../domain/release/facts.ts';
import type { Held } from '../domain/release/ledger.ts';

type Pair = { role: string; account: string };

/** `role`, `account`: only where they differ from those that the fact is about. */
type Form = Omit<Held, 'role' | 'account' | 'id' | 'accountId'> & Partial<Pair>;

/** Shorter where both or the last one are absent. */
type Packed = [form: number] | [form: number, id: string | null] | [form: number, id: string | null, accountId: string];

export class Packer {
  readonly forms: Form[] = [];
  readonly #numbers = new Map<string, number>();
  /** Thousands come one after the other in one form. */
  #last: { of: Rest; role: string | undefined; account: string | undefined; number: number } | undefined;

  /** As JSON. */
  pack(fact: Fact, about: Pair): string {
    // What is undefined is left out of JSON.
    const stored: Record<string, unknown> = { ...fact, transaction: undefined };
    if ('grants' in fact) stored['grants'] = fact.grants.map((grant) => this.#packed(grant, about));
    if ('as' in fact) stored['as'] = fact.as.map((grant) => this.#packed(grant, about));
    return JSON.stringify(stored);
  }

  #packed(grant: Held, about: Pair): Packed {
    const { id, accountId } = grant;
    const number = this.#numberOf(grant, about);
    if (accountId !== undefined) return [number, id ?? null, accountId];
    return id === undefined ? [number] : [number, id];
  }

  #numberOf(grant: Held, about: Pair): number {
    const role = grant.role === about.role ? undefined : grant.role;
    const account = grant.account === about.account ? undefined : grant.account;
    const last = this.#last;
    if (last && last.role === role && last.account === account && isSameForm(last.of, grant)) return last.number;
    const { role: _role, account: _account, id: _id, accountId: _accountId, ...rest } = grant;
    const form: Form = { ...rest, ...(role === undefined ? {} : { role }), ...(account === undefined ? {} : { account }) };
    const key = JSON.stringify(form);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.forms.push(form) - 1;
      this.#numbers.set(key, number);
    }
    this.#last = { of: rest, role, account, number };
    return number;
  }
}

type Rest = Omit<Held, 'role' | 'account' | 'id' | 'accountId'>;

const isSameForm = (a: Rest, b: Rest) => a.options === b.options && a.grantor === b.grantor && a.roleId === b.roleId && a.grantorId === b.grantorId;

/** `stored`: as Packer wrote it, parsed. */
export function unpack(stored: unknown, forms: Form[], about: Pair, transaction: string | null): Fact {
  // It was parsed for this reader alone.
  const fact = stored as Record<string, unknown>;
  for (const list of ['grants', 'as']) if (fact[list] !== undefined) fact[list] = (fact[list] as Packed[]).map((one) => unpacked(one, forms, about));
  if (transaction !== null) fact['transaction'] = transaction;
  return fact as Fact;
}

function unpacked([number, id, accountId]: Packed, forms: Form[], { role, account }: Pair): Held {
  const form = forms[number];
  if (!form) throw new Error(`the ledger has no form ${number} for a grant of '${role}' to '${account}': its rows were changed`);
  const { grantor, options, roleId, grantorId } = form;
  // With all of its properties at once: what is spread or added later takes a quarter more memory, and there are thousands of grants.
  if (grantor !== undefined && roleId !== undefined && grantorId !== undefined && typeof id === 'string' && accountId !== undefined)
    return { role: form.role ?? role, account: form.account ?? account, grantor, options, roleId, grantorId, id, accountId };
  const grant: Held = { role, account, ...form };
  if (id !== undefined && id !== null) grant.id = id;
  if (accountId !== undefined) grant.accountId = accountId;
  return grant;
}
