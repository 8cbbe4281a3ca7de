/**
 * How much a person leaves unread. An answer is memory of the endpoint until it is read, and somebody who asks for many large ones and reads them slowly would take
 * all of it.
 */
import type { ServerResponse } from 'node:http';
import { Problem } from './errors.ts';
import { whenClosed } from './when-closed.ts';

/** In characters, of one person. The largest answers are a plan, a preview or a package of some megabytes. */
const usually = 32_000_000;
/** Small ones are always sent: what a message has done is told. */
const small = 100_000;

export interface UnreadAnswers {
  /** Throws as `add` where this person leaves as much unread as may be: before another one is made. */
  refuseIfFull(person: string): void;
  /** Counts an answer until it is read. Throws `too-many-requests` where this person leaves too much unread; one answer is always sent, however long it is. */
  add(person: string, response: ServerResponse, length: number): void;
}

export function unreadAnswers(most = usually, always = small): UnreadAnswers {
  const unread = new Map<string, number>();
  const tooMuch = (person: string, now: number) =>
    new Problem('too-many-requests', `Answers to '${person}' of ${Math.round(now / 1_000_000)} MB wait to be read. Read them first.`, {
      retryAfterSeconds: 5,
    });
  return {
    refuseIfFull(person) {
      const now = unread.get(person) ?? 0;
      if (now >= most) throw tooMuch(person, now);
    },
    add(person, response, length) {
      const now = unread.get(person) ?? 0;
      if (now > 0 && length > always && now + length > most) throw tooMuch(person, now);
      unread.set(person, now + length);
      whenClosed(response, () => {
        const left = (unread.get(person) ?? 0) - length;
        if (left > 0) unread.set(person, left);
        else unread.delete(person);
      });
    },
  };
}
