/**
 * Statements of plans in a process of its own for each system: neither what a server answers nor what it says at the sign-in is read in the process of all others
 * (docs/decisions/0294-what-a-system-says-is-bounded.md).
 */
import { Child, usual, type ProcessLimits } from '../../clients/own-process/child-process.ts';
import { checkedString, leftOutOfStrings } from '../../clients/postgres/session.ts';
import type { Reading } from '../../domain/watch/time-base.ts';
import type { StatementLogin } from '../../clients/postgres/statement-login.ts';
import type { Started } from './child.ts';
import type { OpenReader } from './provider.ts';

const program = new URL('./child.ts', import.meta.url);

/** Starts a process at the first reading, which ends when nobody has asked it anything for a minute. */
export const readerInOwnProcess =
  (store: string | undefined, limits: Partial<ProcessLimits> = {}): OpenReader =>
  (system, connectionString) => {
    checkedString(connectionString);
    const started: Started = { system, connectionString, store };
    const child = new Child({ program, started, environment: leftOutOfStrings }, { ...usual, ...limits });
    return {
      read: (query, signal) => child.call('read', signal ? [query, signal] : [query]) as Promise<Reading>,
      login: () => child.call('login', []) as Promise<StatementLogin>,
      close: () => child.close(),
    };
  };
