/**
 * A proxy to a PostgreSQL server that records what is sent through it: every statement (Query and Parse messages), and the settings with which each
 * session was opened. It records what was on the wire, whatever the code believes that it sent.
 */
import { openLine } from './line.ts';

export interface RecordingProxy {
  /** The same database, login and password, through the proxy. */
  url: string;
  /** For each session, the parameters of its startup message. */
  sessions: Record<string, string>[];
  /** Statements in the order of their arrival. A message with several is one entry. */
  statements: string[];
  /** Kinds of other messages, which neither contain a statement nor belong to running one. There should be none. */
  others: string[];
  close(): Promise<void>;
}

const protocol3 = 196_608;
/** Bind, Close, Describe, Execute, Flush, Password (all forms of it), Sync, Terminate: none of them contains a statement. */
const withoutStatement = new Set('BCDEHpSX');

export async function recordingProxy(databaseUrl: string): Promise<RecordingProxy> {
  const target = new URL(databaseUrl);
  const sessions: RecordingProxy['sessions'] = [];
  const statements: string[] = [];
  const others: string[] = [];
  const line = await openLine({ host: target.hostname, port: Number(target.port) }, () => {
    const record = recorder(sessions, statements, others);
    return {
      fromClient: (data) => {
        record(data);
        return data;
      },
    };
  });
  const url = new URL(databaseUrl);
  url.hostname = line.host;
  url.port = String(line.port);
  return { url: url.href, sessions, statements, others, close: () => line.close() };
}

/** Reads one session's messages from the client, however they are split. */
function recorder(sessions: RecordingProxy['sessions'], statements: string[], others: string[]): (data: Buffer) => void {
  let left = Buffer.alloc(0);
  let started = false;
  return (data) => {
    left = Buffer.concat([left, data]);
    for (;;) {
      // The startup message has no type letter before its length.
      const letter = started ? 1 : 0;
      if (left.length < letter + 4) return;
      const length = letter + left.readInt32BE(letter);
      if (left.length < length) return;
      const message = left.subarray(0, length);
      left = left.subarray(length);
      if (started) recordMessage(message, statements, others);
      else if (message.readInt32BE(4) === protocol3) {
        sessions.push(parametersOf(message));
        started = true;
      } else others.push(`request ${message.readInt32BE(4)}`);
    }
  };
}

function recordMessage(message: Buffer, statements: string[], others: string[]): void {
  const kind = String.fromCharCode(message[0] ?? 0);
  if (kind === 'Q') statements.push(textAt(message, 5));
  // The name of the prepared statement, then its text.
  else if (kind === 'P') statements.push(textAt(message, message.indexOf(0, 5) + 1));
  else if (!withoutStatement.has(kind)) others.push(kind);
}

function parametersOf(message: Buffer): Record<string, string> {
  const texts = message.subarray(8).toString('utf8').split('\0');
  const found: Record<string, string> = {};
  for (let at = 0; texts[at]; at += 2) found[texts[at] as string] = texts[at + 1] ?? '';
  return found;
}

const textAt = (message: Buffer, start: number) => message.toString('utf8', start, message.indexOf(0, start));
