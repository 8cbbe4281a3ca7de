/** Whether two connection strings lead to one database, as far as they say it: by host, port and name. One database may have several names. */
import { Client } from 'pg';

export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [addressIn(one), addressIn(other)];
  return a !== undefined && a === b;
}

function addressIn(connectionString: string): string | undefined {
  try {
    const { host, port, database, user } = new Client({ connectionString });
    return JSON.stringify([host === 'localhost' ? '127.0.0.1' : host, port, database ?? user]);
  } catch {
    return undefined;
  }
}
