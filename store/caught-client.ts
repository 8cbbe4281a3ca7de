/**
 * pg reads what the server sends in the handler of a socket: what its reader throws there, as for a value that is longer than a string can be, ends the process and
 * not the statement. Here it ends the connection, and the statement fails.
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

export class CaughtClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const { connection } = this as unknown as { connection: Connection };
    caught(connection.stream);
    // From then on another stream has what was decrypted.
    connection.once('sslconnect', () => caught(connection.stream));
  }
}

function caught(stream: Stream): void {
  const emit = stream.emit.bind(stream);
  stream.emit = (event, ...args) => {
    if (event !== 'data') return emit(event, ...args);
    try {
      return emit(event, ...args);
    } catch (cause) {
      stream.destroy(new Error('Connection terminated: the answer of the store cannot be read', { cause }));
      return true;
    }
  };
}
