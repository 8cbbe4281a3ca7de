/** What became of an effect whose transaction the system has forgotten, or gives another's number: what is held now tells. */
import type { Fact } from './facts.ts';
import { stillHeld, type Actual, type Held } from './ledger.ts';

/**
 * Whether a transaction took effect. `effects`: all facts that it recorded, of whichever releases; `says`: what the system remembers of its number, which after
 * a restore may be another transaction's. Undefined: nobody can tell, because the system has no ids of grants and others may have granted or revoked the same.
 *
 * A transaction happens as a whole, so that one row with an id tells of all. A revoke whose rows are gone counts as done. A grant of which nothing is left
 * counts as not done: there is nothing to revoke either way.
 */
export function tookEffect(effects: Fact[], now: Actual, says: 'committed' | 'aborted' | 'unknown'): boolean | undefined {
  const asRecorded = stillHeld(now);
  const isHeld = (grant: Held) => asRecorded([grant]).length > 0;
  const granted = effects.flatMap((fact) => (fact.did === 'granted' ? fact.grants : []));
  const restored = effects.flatMap((fact) => (fact.did === 'restored' ? fact.as : []));
  const revoked = effects.flatMap((fact) => (fact.did === 'revoked' ? fact.grants : []));
  if (revoked.some((grant) => hasRow(grant) && isHeld(grant))) return false;
  if ([...granted, ...restored].some((grant) => hasRow(grant) && isHeld(grant))) return true;
  if (says !== 'unknown') return says === 'committed';
  if (revoked.some(isHeld)) return revoked.every(isHeld) ? false : undefined;
  if (restored.some(isHeld)) return restored.every(isHeld) ? true : undefined;
  // In our own name: by this transaction, or by anyone who used the same login since.
  if (granted.some(isHeld)) return undefined;
  return revoked.length > 0;
}

const hasRow = ({ id }: Held) => id !== undefined;

/** Why an entry stays in doubt. */
export const cannotBeTold =
  'whether this was done cannot be told: the system has forgotten the transaction, and others may have granted or revoked the same since';
