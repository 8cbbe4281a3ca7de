/**
 * Reads a system in a process of its own: answers that end what reads them are a failure with a sentence, and not the end of the command
 * (docs/decisions/0297-commands-open-systems-in-processes-of-their-own.md).
 */
import { Child, usual } from '../clients/own-process/child-process.ts';
import { leftOutOfStrings } from '../clients/postgres/session.ts';
import type { ReaderOptions, SystemDetails } from '../domain/site/system-entry.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { Answer, Answering, Started } from './child.ts';
import { CannotRead, mostReadMiB, type SystemReader } from './found-system.ts';
import { wordsOf } from './system-words.ts';

const program = new URL('./child.ts', import.meta.url);
/** One person reads all of one system; a worker's processes have less, because there are many. */
const limits = { ...usual, heapMiB: 1_024, messageMiB: mostReadMiB, isAttended: true };

/** Opens no connection yet. Its process ends with this one, or when nobody has asked it anything for a minute. */
export function readerOf(kind: SystemDetails['kind'], connectionString: string, options: ReaderOptions): SystemReader {
  const started: Started = { kind, connectionString, options };
  const child = new Child({ program, started, environment: kind === 'postgres' ? leftOutOfStrings : undefined }, limits);
  async function ask<Method extends 'read' | 'privileges'>(method: Method, ...args: Parameters<Answering[Method]>) {
    type Is = Awaited<ReturnType<Answering[Method]>> extends Answer<infer T> ? T : never;
    const answer = await (child.call(method, args) as Promise<Answer<Is>>).catch((error: unknown) => {
      throw error instanceof SystemUnavailable ? new CannotRead('unreachable', sentence(error.message)) : error;
    });
    if ('cannotRead' in answer) throw new CannotRead(answer.cannotRead.kind, answer.cannotRead.message);
    return answer.is;
  }
  return {
    read: async () => {
      const found = await ask('read');
      return { ...found, words: wordsOf(found.site) };
    },
    privileges: (role) => ask('privileges', role),
  };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
