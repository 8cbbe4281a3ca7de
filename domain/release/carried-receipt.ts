/**
 * A receipt as it goes through histories, and as it is stored: whole numbers, and the first lines of each list, of which the store has more. The list of grants
 * has each grant with its reason. A history takes no answer over a few megabytes, and a rollback whose answer never arrives would never end; and the words of a
 * server about each of 200,000 grants would be a hundred megabytes in one row.
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
    const found = firstLines(lines, inShort, { atLeast, lines: linesCarried, bytes: left });
    left -= found.bytes;
    return found.lines;
  };
  // Where something failed, one line at least says so.
  const [failed, kept, notRestored, restoredNotes] = [
    first(receipt.failed, 1),
    first(receipt.kept, 0),
    first(receipt.notRestored, 0),
    first(receipt.restoredNotes, 0),
  ];
  const carried = { ...receipt, failed, kept, notRestored, restoredNotes, check, ...(receipt.claimed ? { claimed: claimedInShort(receipt.claimed) } : {}) };
  return withCounts(carried, receipt);
}

/** Lines of each list that are stored, and bytes of JSON. */
export const linesStored = 5_000;
export const listBytesStored = 2 ** 20;

/** What is carried of it is the same as of the whole receipt. What claims keep is whole, because it is revoked once they have ended. */
export function storedReceipt(receipt: Receipt): Receipt {
  const first = <T extends { why: string }>(lines: T[]): T[] =>
    firstLines(lines, (line) => line, { atLeast: linesCarried, lines: linesStored, bytes: listBytesStored }).lines;
  const { failed, kept, notRestored, restoredNotes } = receipt;
  const stored = { ...receipt, failed: first(failed), kept: first(kept), notRestored: first(notRestored), restoredNotes: first(restoredNotes) };
  return withCounts(stored, receipt);
}

const inShort = <T extends { why: string }>(line: T): T => ({ ...line, why: keptText(line.why) });

function withCounts(cut: Receipt, receipt: Receipt): Receipt {
  const counts = countsOf(receipt);
  return lists.every((list) => cut[list].length === counts[list]) ? cut : { ...cut, counts };
}

/** One of each reason first; a list that is whole keeps its order. `bytes`: of what was looked through. */
function firstLines<T extends { why: string }>(
  lines: T[],
  form: (line: T) => T,
  most: { atLeast: number; lines: number; bytes: number },
): { lines: T[]; bytes: number } {
  const first: T[] = [];
  let used = 0;
  for (const each of eachReasonFirst(lines)) {
    const line = form(each);
    const bytes = jsonBytes(line) + 1;
    if (first.length >= most.atLeast && (first.length >= most.lines || used + bytes > most.bytes)) break;
    used += bytes;
    first.push(line);
  }
  return { lines: first.length < lines.length ? first : lines.map(form), bytes: used };
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
