/** Whether two connection strings lead to one database, as far as they say it: by host, port and name. One database may have several names. */
import { Client } from 'pg';

export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [addressIn(one), addressIn(other)];
  return a !== undefined && a === b;
}

/** Whether they lead to one server, by host and port. */
export function isSameServer(one: string, other: string): boolean {
  const [a, b] = [serverIn(one), serverIn(other)];
  return a !== undefined && a === b;
}

function serverIn(connectionString: string): string | undefined {
  try {
    const { host, port } = new Client({ connectionString });
    return JSON.stringify([host === 'localhost' ? '127.0.0.1' : host, port]);
  } catch {
    return undefined;
  }
}

function addressIn(connectionString: string): string | undefined {
  try {
    const { host, port, database, user } = new Client({ connectionString });
    return JSON.stringify([host === 'localhost' ? '127.0.0.1' : host, port, database ?? user]);
  } catch {
    return undefined;
  }
}
