/** For tests: real logins and roles in a real server, with names that keep test files apart that run at the same time. */
import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

export interface TestLogins {
  /** `name` made unique to this set. */
  of(name: string): string;
  /** Runs statements as the server's superuser. Returns the rows of the last one. */
  admin<R extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<R[]>;
  /** Connection string of a login that `login` created. */
  url(login: string): string;
  /** Creates logins; names are used as they are. */
  login(...names: string[]): Promise<void>;
  /** Creates roles that cannot log in, which each of `admins` may grant. */
  role(name: string, ...admins: string[]): Promise<void>;
  /** Runs one statement as a login. */
  as(login: string, sql: string): Promise<void>;
  /** Drops everything that was created. */
  remove(): Promise<void>;
}

const password = 'only-for-tests';

/** `adminUrl`: a superuser's connection string. */
export async function testLogins(adminUrl: string): Promise<TestLogins> {
  const suffix = randomBytes(4).toString('hex');
  const superuser = new Client({ connectionString: adminUrl });
  await superuser.connect();
  const made: string[] = [];
  const admin = async <R extends object>(sql: string, values?: unknown[]) => {
    const result = await superuser.query<R>(sql, values);
    return result.rows;
  };
  const url = (login: string) => {
    const parsed = new URL(adminUrl);
    parsed.username = encodeURIComponent(login);
    parsed.password = password;
    return parsed.href;
  };
  return {
    of: (name) => `${name}_${suffix}`,
    admin,
    url,
    login: async (...names) => {
      for (const name of names) {
        await admin(`create role ${escapeIdentifier(name)} login password ${escapeLiteral(password)}`);
        made.push(name);
      }
    },
    role: async (name, ...admins) => {
      await admin(`create role ${escapeIdentifier(name)}`);
      made.push(name);
      for (const each of admins) await admin(`grant ${escapeIdentifier(name)} to ${escapeIdentifier(each)} with admin option`);
    },
    as: async (login, sql) => {
      const client = new Client({ connectionString: url(login) });
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    remove: async () => {
      for (const name of made) await admin(`drop owned by ${escapeIdentifier(name)} cascade`);
      for (const name of made) await admin(`drop role ${escapeIdentifier(name)}`);
      await superuser.end();
    },
  };
}
