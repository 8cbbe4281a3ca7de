/** What has to be true when a reading is done, and when everything was rolled back: ledger and receipts against what the server holds and its log. */
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { NotHeld } from './peer.ts';
import { isLeftByPerson, pair, type Signed, type Snapshot, type Witness } from './witness.ts';

/** What the ledger calls granted is held, once it was read back: by the role and the account that were signed, whatever they are called now. */
export function ledgerViolations({ rows }: Snapshot, signed: Signed, ledger: LedgerEntry[], when: string): string[] {
  const held = new Set(rows.map(pair));
  const ids = idsOf(signed);
  return ledger.flatMap((entry) => {
    if (entry.kind !== 'grant' || (entry.outcome !== 'created' && entry.outcome !== 'preexisting')) return [];
    const ours = entry.made.some(({ id, roleId, accountId, grantorId }) =>
      rows.some((row) => (id !== undefined && row.id !== null ? id === row.id : row.role === roleId && row.account === accountId && row.grantor === grantorId)),
    );
    const isHeld = ours || (entry.made.length === 0 && held.has(ids(entry)));
    return isHeld ? [] : [`${when}: the ledger says '${entry.outcome}' of '${entry.role}' of '${entry.account}', and it is not held`];
  });
}

/** After a rollback the system is as it was signed, except for what the receipt attributes to somebody else, or says that it could not do. */
export function receiptViolations({ rows, named, claims }: Snapshot, { content }: Signed, { kept, notRestored, failed }: Receipt, id: string): string[] {
  const names = new Map(named.map((one) => [one.id, one.name]));
  const claimed = new Set(claims.map(({ roleId = '', accountId = '' }) => pair({ role: roleId, account: accountId })));
  const explained = new Set([...kept, ...notRestored, ...failed].map((line) => `${line.role} ${line.account}`));
  const held = new Set(rows.map(pair));
  const before = new Set(content.before.map(({ roleId = '', accountId = '' }) => pair({ role: roleId, account: accountId })));
  const roles = content.roles.filter(({ role }) => content.entitlements.some((one) => one.role === role));
  return content.people.flatMap(({ account, accountId = '' }) =>
    roles.flatMap(({ role, id: roleId = '' }) => {
      const one = pair({ role: roleId, account: accountId });
      // Under another name it is told of another one; and what another package claims is in its receipt.
      const isAsSigned = names.get(roleId) === role && names.get(accountId) === account;
      if (!held.has(one) || before.has(one) || !isAsSigned || claimed.has(one) || explained.has(`${role} ${account}`)) return [];
      return [`${id}: '${role}' of '${account}' is held after the rollback and was not held before, and the receipt does not say whose it is`];
    }),
  );
}

/** What of it a system of this kind gives nobody the means to promise, and what Rolewave has broken. */
export function judged(violations: string[], notHeld: NotHeld[]): { broken: string[]; notHeld: Map<NotHeld, number> } {
  const counts = new Map<NotHeld, number>();
  const broken = violations.filter((violation) => {
    const found = notHeld.find(({ says }) => says.test(violation.replace(/^p\d+ /, '')));
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
    return !found;
  });
  return { broken, notHeld: counts };
}

interface RolledBack {
  index: number;
  id: string;
  release?: unknown;
  receipt?: Receipt;
}

/** `ledgers`: one for each package. */
export function finalViolations(witness: Witness, packages: RolledBack[], signed: Map<number, Signed>, ledgers: LedgerEntry[][], mayStay: RegExp): string[] {
  return [
    ...leftBehind(witness, packages, ledgers),
    ...notGivenBack(witness, packages, signed),
    ...packages.flatMap((one) => addsUp(witness, one, signed, ledgers, mayStay)),
  ];
}

function leftBehind(witness: Witness, packages: RolledBack[], ledgers: LedgerEntry[][]): string[] {
  return witness.held.flatMap((row) => {
    if (row.by !== 'rolewave' || witness.standsForLegacy(row) || witness.wasLeft(row, ledgers.flat())) return [];
    const said = packages.some(({ receipt, index }) =>
      ledgers[index]?.some(
        (entry) =>
          [...entry.made, ...entry.pending.flatMap(({ grants }) => grants)].some((grant) => grant.roleId === row.role && grant.accountId === row.account) &&
          receipt?.failed.some((line) => line.role === entry.role && line.account === entry.account && line.why !== 'unknown'),
      ),
    );
    return said ? [] : [`left behind, and no receipt says why: ${witness.text(row)}`];
  });
}

function notGivenBack(witness: Witness, packages: RolledBack[], signed: Map<number, Signed>): string[] {
  return witness.taken.flatMap(({ package: index, row }) => {
    const content = signed.get(index)?.content;
    const before = content?.before.find(({ roleId, accountId }) => roleId === row.role && accountId === row.account);
    const design = content?.legacy.find(({ role }) => role === before?.role)?.design;
    if (design === 'rejected' || !witness.exists(row.role) || !witness.exists(row.account) || witness.isHeld(row)) return [];
    const { receipt } = packages[index] ?? {};
    const said = [...(receipt?.notRestored ?? []), ...(receipt?.failed ?? [])].some((line) => line.role === before?.role && line.account === before.account);
    return said ? [] : [`legacy access was revoked and not given back, and no receipt says why: ${witness.text(row)}`];
  });
}

function addsUp(
  witness: Witness,
  { index, id, release, receipt }: RolledBack,
  signed: Map<number, Signed>,
  ledgers: LedgerEntry[][],
  mayStay: RegExp,
): string[] {
  if (!release) return [];
  if (!receipt) return [`${id} could not be rolled back`];
  const unfinished = receipt.failed
    .filter(({ why }) => !mayStay.test(why))
    .map(({ role, account, why }) => `${id} cannot undo '${role}' of '${account}': ${why}`);
  const ids = idsOf(signed.get(index));
  const entries = (ledgers[index] ?? []).filter(({ kind }) => kind === 'grant');
  const [granted, revoked] = [witness.granted.get(index) ?? new Set(), witness.revoked.get(index) ?? new Set()];
  const others = new Set([...witness.granted].flatMap(([other, pairs]) => (other === index ? [] : [...pairs])));
  const isLeft = (key: string) => key.split(' ').every((one) => witness.exists(one));
  const violations = entries.flatMap((entry) => {
    const key = ids(entry);
    return [
      ...(entry.granted && !granted.has(key) && !others.has(key)
        ? [`${id} says that it granted what the log does not show: '${entry.role}' of '${entry.account}'`]
        : []),
      ...(!entry.granted && granted.has(key)
        ? [
            `${id} granted '${entry.role}' of '${entry.account}', and its ledger ${entry.outcome === 'unknown' || isLeftByPerson(entry) ? 'says that nobody can tell' : 'does not say so'}`,
          ]
        : []),
      ...(entry.outcome === 'revoked' && !revoked.has(key)
        ? [`${id} says that it revoked what ${isLeft(key) ? 'the log does not show' : 'went with its role or account'}: '${entry.role}' of '${entry.account}'`]
        : []),
    ];
  });
  const sum = entries.filter((entry) => entry.granted).length;
  if (receipt.granted !== sum) violations.push(`the receipt of ${id} says ${receipt.granted} granted, and the ledger ${sum}`);
  const handedOn = entries.filter((entry) => entry.granted && entry.outcome === 'kept').length;
  const owed = entries.filter((entry) => entry.granted && (entry.made.length > 0 || entry.pending.length > 0) && entry.outcome !== 'kept').length;
  if (receipt.revoked + (receipt.gone ?? 0) + handedOn + owed !== sum)
    violations.push(
      `the receipt of ${id} does not add up: ${sum} granted, ${receipt.revoked} revoked, ${receipt.gone ?? 0} gone, ${handedOn} handed on, ${owed} failed`,
    );
  return [...violations, ...unfinished];
}

/** A pair as it was signed, by the system's identities. */
function idsOf(signed: Signed | undefined): (entry: { role: string; account: string }) => string {
  const roles = new Map(signed?.content.roles.map(({ role, id = '' }) => [role, id]));
  const accounts = new Map(signed?.content.people.map(({ account, accountId = '' }) => [account, accountId]));
  return ({ role, account }) => pair({ role: roles.get(role) ?? '', account: accounts.get(account) ?? '' });
}
