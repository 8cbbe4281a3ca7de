/**
 * A client for servers that may mean harm, or be broken. pg reads what a server sends in the handler of a socket: what its reader throws there ends the process, and five
 * wrong bytes are enough; a row may be larger than any string of Node. Here both end the connection, and the query fails.
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
}

const mebibyte = 2 ** 20;
const mostWhileConnecting = 16 * mebibyte;

export class GuardedClient extends Client {
  readonly #connection: Connection;
  #received = 0;
  #mostBytes = mostWhileConnecting;

  constructor(config?: string | ClientConfig) {
    super(config);
    this.#connection = (this as unknown as { connection: Connection }).connection;
    this.#guard(this.#connection.stream);
    // From then on another stream has what was decrypted.
    this.#connection.once('sslconnect', () => this.#guard(this.#connection.stream));
    // A connection that dies is reported by the statement that uses it.
    this.on('error', () => undefined);
  }

  /** How much the server may send from now on: rows, notices, notifications and errors alike. */
  allow(bytes: number): void {
    this.#received = 0;
    this.#mostBytes = bytes;
  }

  hasSentMore(): boolean {
    return this.#received > this.#mostBytes;
  }

  cut(): void {
    this.#connection.stream.destroy();
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
