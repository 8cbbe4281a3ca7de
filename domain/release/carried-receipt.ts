/**
 * A receipt as it goes through histories: whole numbers, and the first lines of each list. The store has all of it, and the list of grants has each grant
 * with its reason. A history takes no answer over a few megabytes, and a rollback whose answer never arrives would never end.
 */
import { keptText } from '../kept-text.ts';
import { bytesOf } from '../plan/fields.ts';
import { countsOf, type Receipt } from './receipt.ts';

export const linesCarried = 200;
/** Of one receipt without what claims keep, whose size the claims themselves limit (domain/authority/claims-size.ts). Bytes of JSON. */
export const receiptBytes = 32 * 1024;
/** Of all receipts of a release together. */
export const receiptsBytes = 256 * 1024;
/** From here on, what claims keep is carried without accounts and claims: only the role and the person tell what may be claimed. */
const claimedBytes = 64 * 1024;

/** The lists in the order in which they get their lines: what failed needs somebody. */
const lists = ['failed', 'kept', 'notRestored', 'restoredNotes'] as const;

/** `most`: bytes. Of a receipt that was cut before, the numbers stay. */
export function carriedReceipt(receipt: Receipt, most = receiptBytes): Receipt {
  const checkBytes = jsonBytes(receipt.check);
  const check = checkBytes > most / 2 ? '' : receipt.check;
  let left = most - (check === '' ? 0 : checkBytes);
  const first = <T extends { why: string }>(lines: T[], atLeast: number): T[] => {
    const carried: T[] = [];
    for (const each of eachReasonFirst(lines)) {
      const line = { ...each, why: keptText(each.why) };
      const bytes = jsonBytes(line) + 1;
      if (carried.length >= atLeast && (carried.length >= linesCarried || bytes > left)) break;
      left -= bytes;
      carried.push(line);
    }
    // A list that is whole keeps its order.
    return carried.length < lines.length ? carried : lines.map((line) => ({ ...line, why: keptText(line.why) }));
  };
  // Where something failed, one line at least says so.
  const [failed, kept, notRestored, restoredNotes] = [
    first(receipt.failed, 1),
    first(receipt.kept, 0),
    first(receipt.notRestored, 0),
    first(receipt.restoredNotes, 0),
  ];
  const carried = { ...receipt, failed, kept, notRestored, restoredNotes, check, ...(receipt.claimed ? { claimed: claimedInShort(receipt.claimed) } : {}) };
  const counts = countsOf(receipt);
  return lists.every((list) => carried[list].length === counts[list]) ? carried : { ...carried, counts };
}

/** Those of one release, one for each system. */
export const carriedReceipts = (receipts: Receipt[]): Receipt[] =>
  receipts.map((receipt) => carriedReceipt(receipt, Math.min(receiptBytes, Math.floor(receiptsBytes / receipts.length))));

function claimedInShort(claimed: NonNullable<Receipt['claimed']>): NonNullable<Receipt['claimed']> {
  return jsonBytes(claimed) <= claimedBytes ? claimed : claimed.map(({ role, person }) => ({ role, person }));
}

/** A line of each reason, and then the others: so the reasons are known where the lines are not. */
function* eachReasonFirst<T extends { why: string }>(lines: T[]): Generator<T> {
  const reasons = new Set<string>();
  const others: T[] = [];
  for (const line of lines) {
    if (reasons.has(line.why)) others.push(line);
    else {
      reasons.add(line.why);
      yield line;
    }
  }
  yield* others;
}

const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value));
