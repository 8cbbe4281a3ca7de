/** From the lines of a server's log to what its sessions did: GRANT and REVOKE of roles, each with whether its transaction was committed. */

export interface LogLine {
  session: string;
  application: string;
  severity: string;
  message: string;
  /** The statement that an error belongs to. */
  statement: string;
}

/** One GRANT or REVOKE that the server has carried out, in a transaction that may still be rolled back. Names are those of the moment. */
export interface Done {
  did: 'grant' | 'revoke';
  application: string;
  role: string;
  accounts: string[];
  grantor?: string;
  text: string;
}

/** One line of PostgreSQL's jsonlog. */
export function lineOf(text: string): LogLine {
  const line = JSON.parse(text) as Record<string, string | undefined>;
  return {
    session: line['session_id'] ?? '',
    application: line['application_name'] ?? '',
    severity: line['error_severity'] ?? '',
    message: line['message'] ?? '',
    statement: line['statement'] ?? '',
  };
}

/** The text of a statement that has gone through, without its comments; undefined for any other line. */
export function ended({ severity, message }: LogLine): string | undefined {
  const text = severity === 'LOG' ? /^duration: [\d.]+ ms {2}(?:statement|execute [^:]*): (.*)$/s.exec(message)?.[1] : undefined;
  return text?.trim();
}

/** What became of a GRANT or REVOKE is known at its commit. `T`: what the reader of the log makes of one when it was carried out. */
export interface Reader<T> {
  done(done: Done): T;
  committed(all: T[]): void;
}

interface Open<T> {
  begun: boolean;
  failed: boolean;
  all: T[];
  /** How many had been done when it was set. */
  savepoints: { name: string; done: number }[];
  /** Accounts that the server passed over in the statement that runs: they held it already, or did not hold it. */
  passedOver: Set<string>;
}

export class Sessions<T> {
  readonly #open = new Map<string, Open<T>>();
  readonly #reader: Reader<T>;

  constructor(reader: Reader<T>) {
    this.#reader = reader;
  }

  read(line: LogLine): void {
    const session = this.#sessionOf(line.session);
    if (line.severity === 'NOTICE' || line.severity === 'WARNING') {
      const name = /^role "([^"]+)" (?:has already been granted membership|is already a member|has not been granted membership|is not a member)/.exec(
        line.message,
      )?.[1];
      if (name !== undefined) session.passedOver.add(name);
    } else if (line.severity === 'ERROR') {
      this.#refused(session, line.statement);
    } else if (line.severity === 'FATAL') {
      this.#open.delete(line.session);
    } else {
      const text = ended(line);
      if (text !== undefined) for (const statement of statementsOf(text)) this.#carriedOut(session, statement, line.application);
    }
  }

  #sessionOf(id: string): Open<T> {
    const found = this.#open.get(id) ?? { begun: false, failed: false, all: [], savepoints: [], passedOver: new Set<string>() };
    this.#open.set(id, found);
    return found;
  }

  /** Of a text that the server refused nothing is left but the savepoints that it set before. */
  #refused(session: Open<T>, text: string): void {
    session.passedOver.clear();
    for (const statement of statementsOf(text)) {
      const name = /^savepoint (\w+)$/i.exec(statement)?.[1];
      if (name === undefined) break;
      session.savepoints.push({ name, done: session.all.length });
    }
    session.failed = session.begun;
  }

  #carriedOut(session: Open<T>, statement: string, application: string): void {
    const [, word = '', name = ''] = /^(begin|start|commit|end|rollback to savepoint|rollback|savepoint|release savepoint)\b\s*(\w*)/i.exec(statement) ?? [];
    const at = session.savepoints.findLastIndex((savepoint) => savepoint.name === name);
    switch (word.toLowerCase()) {
      case 'begin':
      case 'start':
        Object.assign(session, { begun: true, failed: false, all: [], savepoints: [] });
        return;
      case 'commit':
      case 'end':
        if (!session.failed) this.#reader.committed(session.all);
        Object.assign(session, { begun: false, failed: false, all: [], savepoints: [] });
        return;
      case 'rollback':
        Object.assign(session, { begun: false, failed: false, all: [], savepoints: [] });
        return;
      case 'savepoint':
        session.savepoints.push({ name, done: session.all.length });
        return;
      case 'rollback to savepoint':
        session.all.length = session.savepoints[at]?.done ?? session.all.length;
        session.savepoints.length = at + 1;
        session.failed = false;
        return;
      case 'release savepoint':
        session.savepoints.length = Math.max(at, 0);
        return;
    }
    const done = doneBy(statement, application, session.passedOver);
    session.passedOver.clear();
    if (!done) return;
    const made = this.#reader.done(done);
    if (session.begun) session.all.push(made);
    else this.#reader.committed([made]);
  }
}

/** Texts here have no semicolon inside a name or a literal. */
const statementsOf = (text: string): string[] =>
  text
    .split(';')
    .map((statement) => statement.replaceAll(/\/\*.*?\*\//gs, '').trim())
    .filter((statement) => statement !== '');

function doneBy(statement: string, application: string, passedOver: ReadonlySet<string>): Done | undefined {
  const [, word = '', role = '', listed = '', grantor] =
    /^(grant|revoke(?: admin option for)?) "([^"]+)" (?:to|from) ((?:"[^"]+"(?:, )?)+)(?: with [^"]*?)?(?: granted by "([^"]+)")?(?: restrict| cascade)?$/i.exec(
      statement,
    ) ?? [];
  if (word === '') {
    if (/^(grant|revoke)\b/i.test(statement) && application.startsWith('rolewave'))
      throw new Error(`the log has a statement that nobody can read: ${statement}`);
    return undefined;
  }
  const accounts = [...listed.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name).filter((name) => !passedOver.has(name));
  return {
    did: word.toLowerCase() === 'grant' ? 'grant' : 'revoke',
    application,
    role,
    accounts,
    ...(grantor === undefined ? {} : { grantor }),
    text: statement,
  };
}
