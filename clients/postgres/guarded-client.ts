/**
 * A client for servers that may mean harm, or be broken. pg reads what a server sends in the handler of a socket: what its reader throws there ends the process, and five
 * wrong bytes are enough; a row may be larger than any string of Node, and one of seven bytes becomes an object with all of the columns. Here each of them ends the
 * connection, and the query fails.
 */
import { Client, type ClientConfig } from 'pg';

interface Stream {
  emit(event: string | symbol, ...args: unknown[]): boolean;
  destroy(error?: Error): void;
}

/** pg's types do not show a client's connection. */
interface Connection {
  stream: Stream;
  once(event: 'sslconnect', listen: () => void): void;
  prependListener(event: 'rowDescription' | 'dataRow', listen: (message: { fields: unknown[] }) => void): void;
}

const mebibyte = 2 ** 20;
const mostWhileConnecting = 16 * mebibyte;
/** No table and no query of PostgreSQL has more. A server that lies may announce 65,535. */
const mostColumns = 1_664;
/** In bytes, roughly: what a row takes here besides what was sent of it, and each of its values. */
const [ofRow, ofValue] = [64, 16];
/** Of what may be sent: rows take more here than on their way. */
const mostTimesSent = 4;

export class GuardedClient extends Client {
  readonly #connection: Connection;
  #received = 0;
  #made = 0;
  #columns = 0;
  #mostBytes = mostWhileConnecting;

  constructor(config?: string | ClientConfig) {
    super(config);
    this.#connection = (this as unknown as { connection: Connection }).connection;
    this.#guard(this.#connection.stream);
    // From then on another stream has what was decrypted.
    this.#connection.once('sslconnect', () => this.#guard(this.#connection.stream));
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
