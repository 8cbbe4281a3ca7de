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

  /** As JSON. */
  pack(fact: Fact, about: Pair): string {
    const packed = (grants: Held[]) => grants.map((grant) => this.#packed(grant, about));
    return JSON.stringify({
      ...fact,
      transaction: undefined,
      ...('grants' in fact ? { grants: packed(fact.grants) } : {}),
      ...('as' in fact ? { as: packed(fact.as) } : {}),
    });
  }

  #packed({ role, account, id, accountId, ...rest }: Held, about: Pair): Packed {
    const form: Form = { ...rest, ...(role === about.role ? {} : { role }), ...(account === about.account ? {} : { account }) };
    const key = JSON.stringify(form);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.forms.push(form) - 1;
      this.#numbers.set(key, number);
    }
    if (accountId !== undefined) return [number, id ?? null, accountId];
    return id === undefined ? [number] : [number, id];
  }
}

/** `stored`: as Packer wrote it, parsed. */
export function unpack(stored: unknown, forms: Form[], about: Pair, transaction: string | null): Fact {
  const { grants, as, ...rest } = stored as Record<string, unknown> & { grants?: Packed[]; as?: Packed[] };
  const held = (packed: Packed[]) => packed.map((one) => unpacked(one, forms, about));
  return {
    ...rest,
    ...(grants ? { grants: held(grants) } : {}),
    ...(as ? { as: held(as) } : {}),
    ...(transaction === null ? {} : { transaction }),
  } as Fact;
}

function unpacked([number, id, accountId]: Packed, forms: Form[], { role, account }: Pair): Held {
  const form = forms[number];
  if (!form) throw new Error(`the ledger has no form ${number} for a grant of '${role}' to '${account}': its rows were changed`);
  return {
    role,
    account,
    ...form,
    ...(id === undefined || id === null ? {} : { id }),
    ...(accountId === undefined ? {} : { accountId }),
  };
}
