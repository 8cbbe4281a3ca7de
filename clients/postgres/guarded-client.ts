/**
 * A client for servers that may mean harm, or be broken. pg reads what a server sends in the handler of a socket: what its reader throws there ends the process, and five
 * wrong bytes are enough; a row may be larger than any string of Node, and one of seven bytes becomes an object with all of the columns. Here each of them ends the
 * connection, and the query fails.
 */
import { Client, types, type ClientConfig } from 'pg';

interface Stream {
  emit(event: string | symbol, ...args: unknown[]): boolean;
  destroy(error?: Error): void;
}

/** pg's types do not show a client's connection. */
interface Connection {
  stream: Stream;
  once(event: 'sslconnect', listen: () => void): void;
  prependListener(event: 'rowDescription' | 'dataRow', listen: (message: { fields: unknown[] }) => void): void;
  prependListener(event: 'authenticationSASL' | 'authenticationSASLContinue', listen: () => void): void;
}

const mebibyte = 2 ** 20;
const mostWhileConnecting = mebibyte / 16;
/** No table and no query of PostgreSQL has more. A server that lies may announce 65,535. */
const mostColumns = 1_664;
/** In bytes, roughly: what a row takes here besides what was sent of it, and each of its values. */
const [ofRow, ofValue] = [64, 16];
/**
 * What is read as something other than text. pg's own readers of dates and intervals take time with the square of a text's length, and nothing here asks for those.
 */
const { BOOL, INT2, INT4, OID, FLOAT4, FLOAT8, JSON: JSON_TEXT, JSONB } = types.builtins;
const readAsValue = new Set<number>([BOOL, INT2, INT4, OID, FLOAT4, FLOAT8, JSON_TEXT, JSONB]);
/** Of booleans, names, texts, oids and numbers; they have no names in pg. */
const readAsList = new Set<number>([1000, 1003, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1028, 1231]);
const asText = (text: string): string => text;
const linearTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((text: string) => unknown) =>
    readAsValue.has(oid) || readAsList.has(oid) ? types.getTypeParser(oid, format) : asText,
};

/** Of what may be sent: rows take more here than on their way. */
const mostTimesSent = 4;

export class GuardedClient extends Client {
  readonly #connection: Connection;
  #received = 0;
  #made = 0;
  #columns = 0;
  #mostBytes = mostWhileConnecting;

  constructor(config?: string | ClientConfig) {
    super({ ...(typeof config === 'string' ? { connectionString: config } : config), types: linearTypes });
    this.#connection = (this as unknown as { connection: Connection }).connection;
    this.#guard(this.#connection.stream);
    // From then on another stream has what was decrypted.
    this.#connection.once('sslconnect', () => this.#guard(this.#connection.stream));
    // Each makes a key of the password, by as many rounds as the server says: a server asks once.
    this.#connection.prependListener('authenticationSASL', once('a second sign-in'));
    this.#connection.prependListener('authenticationSASLContinue', once('a second key'));
    this.#connection.prependListener('rowDescription', ({ fields }) => this.#described(fields.length));
    this.#connection.prependListener('dataRow', ({ fields }) => this.#heardRow(fields.length));
    // A connection that dies is reported by the statement that uses it.
    this.on('error', () => undefined);
  }

  /** How much the server may send from now on: rows, notices, notifications and errors alike. */
  allow(bytes: number): void {
    this.#received = 0;
    this.#made = 0;
    this.#mostBytes = bytes;
  }

  hasSentMore(): boolean {
    return this.#received > this.#mostBytes || this.#made > mostTimesSent * this.#mostBytes;
  }

  cut(): void {
    this.#connection.stream.destroy();
  }

  #described(columns: number): void {
    this.#columns = columns;
    if (columns > mostColumns) throw new Error(`a row of ${columns} columns`);
  }

  #heardRow(values: number): void {
    if (values !== this.#columns) throw new Error(`a row of ${values} values and ${this.#columns} columns`);
    this.#made += ofRow + ofValue * values;
    if (this.hasSentMore()) this.#connection.stream.destroy(new Error('Connection terminated: the server has sent too much'));
  }

  #guard(stream: Stream): void {
    const emit = stream.emit.bind(stream);
    stream.emit = (event, ...args) => {
      if (event !== 'data') return emit(event, ...args);
      this.#received += (args[0] as Buffer).byteLength;
      if (this.hasSentMore()) stream.destroy(new Error('Connection terminated: the server has sent too much'));
      else
        try {
          return emit(event, ...args);
        } catch {
          stream.destroy(new Error('Connection terminated: what the server has sent cannot be read'));
        }
      return true;
    };
  }
}

/** Throws at the second call. */
function once(what: string): () => void {
  let has = false;
  return () => {
    if (has) throw new Error(`${what} on one connection`);
    has = true;
  };
}
