/** Finds the known word that the writer probably meant. */
import { distance } from 'fastest-levenshtein';

/** A word or a candidate that is longer gets no suggestion and is not suggested. */
const longest = 64;
/** How many comparisons one search may make, and how many all searches among the same candidates may make: a file can have thousands of unknown words. */
const mostComparisons = { perWord: 5_000, inAll: 400_000 } as const;

/**
 * The known words of one kind, arranged for many searches: a word is compared only with those of about its length, and each word is searched for once.
 * Once `inAll` comparisons are made, the words that follow get no suggestion.
 */
export class KnownWords {
  private readonly byLength = new Map<number, { word: string; lower: string }[]>();
  private readonly found = new Map<string, string | undefined>();
  private comparisons = 0;

  constructor(known: Iterable<string>) {
    for (const word of known) {
      if (word.length > longest) continue;
      const sameLength = this.byLength.get(word.length);
      const entry = { word, lower: word.toLowerCase() };
      if (sameLength) sameLength.push(entry);
      else this.byLength.set(word.length, [entry]);
    }
  }

  /** At most a third of the word may differ. Undefined when nothing is near, or when there are too many to compare. */
  nearest(word: string): string | undefined {
    if (word.length === 0 || word.length > longest) return undefined;
    if (!this.found.has(word)) this.found.set(word, this.search(word));
    return this.found.get(word);
  }

  private search(word: string): string | undefined {
    const allowed = Math.max(1, Math.floor(word.length / 3));
    const lower = word.toLowerCase();
    let left = Math.min(mostComparisons.perWord, mostComparisons.inAll - this.comparisons);
    let best: { word: string; edits: number } | undefined;
    // The nearest lengths first: what is near differs little in length.
    for (let differ = 0; differ <= allowed; differ += 1) {
      if (best && best.edits <= differ) break;
      for (const length of differ === 0 ? [word.length] : [word.length - differ, word.length + differ]) {
        for (const candidate of this.byLength.get(length) ?? []) {
          if (left === 0) return best?.word;
          left -= 1;
          this.comparisons += 1;
          const edits = isSwapped(lower, candidate.lower) ? 1 : distanceOf(lower, candidate.lower);
          if (edits <= allowed && (!best || edits < best.edits)) best = { word: candidate.word, edits };
        }
      }
    }
    return best?.word;
  }

  /** `; did you mean 'x'?`, or nothing. */
  didYouMean(word: string): string {
    const near = this.nearest(word);
    return near === undefined ? '' : `; did you mean '${near}'?`;
  }
}

export const nearest = (word: string, known: Iterable<string>): string | undefined => new KnownWords(known).nearest(word);

/** For a single word; for many words with the same candidates, make one `KnownWords`. */
export const didYouMean = (word: string, known: Iterable<string>): string => new KnownWords(known).didYouMean(word);

/** Two adjacent letters are swapped, and nothing else differs: one slip of the fingers, which the library counts as two edits. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at + 1 < a.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** What two words begin and end with alike is no part of their distance, and ids of one company have much of that: the library compares only what is between. */
function distanceOf(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return distance(a.slice(start, a.length - end), b.slice(start, b.length - end));
}
