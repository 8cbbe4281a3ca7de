/** For tests: a real PostgreSQL as a system, with Rolewave's login, another administrator, and a connector. */
import type { ActualGrant, Connector } from '../../connectors/connector.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import { expect } from 'vitest';
import { testLogins, type TestLogins } from './logins.ts';
import { oneByOne, type OneByOne } from './one-by-one.ts';

export interface PgSystem {
  logins: TestLogins;
  connector: Connector;
  one: OneByOne;
  /** Rolewave's login. */
  svc: string;
  /** Another administrator. */
  kim: string;
  /** A new login, and a new role that Rolewave and Kim may both grant. */
  pair(): Promise<{ role: string; account: string }>;
  /** New logins. */
  accounts(many: number): Promise<string[]>;
  heldBy(role: string, account: string): Promise<ActualGrant[]>;
  /** Signed as the system shows them now. */
  signed(role: string, accounts: string[]): Promise<{ role: string; account: string; roleId?: string; accountId?: string; digest?: string }[]>;
  /** One at a time, as another login. */
  as<T>(login: string, work: (connector: Connector) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `url`: a superuser's connection string. */
export async function openPgSystem(url: string): Promise<PgSystem> {
  const logins = await testLogins(url);
  const [svc, kim] = [logins.of('rolewave_svc'), logins.of('dba_kim')];
  await logins.login(svc, kim);
  const connector = postgresConnector({ connectionString: logins.url(svc) });
  let count = 0;
  const accounts = async (many: number) => {
    const names = Array.from({ length: many }, () => logins.of(`ana${(count += 1)}`));
    await logins.login(...names);
    return names;
  };
  return {
    logins,
    connector,
    one: oneByOne(connector),
    svc,
    kim,
    accounts,
    pair: async () => {
      const [account = ''] = await accounts(1);
      const role = logins.of(`role${count}`);
      await logins.role(role, svc, kim);
      return { role, account };
    },
    heldBy: async (role, account) => (await connector.snapshot([role], [])).grants.filter((grant) => grant.account === account),
    signed: async (role, names) => {
      const snapshot = await connector.snapshot([role], names);
      const [content] = snapshot.roles;
      return names.map((account) => {
        const accountId = snapshot.accounts.find((known) => known.account === account)?.id;
        return {
          role,
          account,
          ...(content?.id === undefined ? {} : { roleId: content.id }),
          ...(accountId === undefined ? {} : { accountId }),
          ...(content === undefined ? {} : { digest: content.digest }),
        };
      });
    },
    as: async (login, work) => {
      const other = postgresConnector({ connectionString: logins.url(login) });
      try {
        return await work(other);
      } finally {
        await other.close();
      }
    },
    close: async () => {
      await connector.close();
      await logins.remove();
    },
  };
}

/** Until a statement of Rolewave's login waits for someone else's lock. */
export async function waitsForLock({ logins, svc }: PgSystem): Promise<void> {
  await expect
    .poll(() => logins.admin(`select pid from pg_stat_activity where usename = $1 and application_name = 'rolewave' and wait_event_type = 'Lock'`, [svc]))
    .not.toHaveLength(0);
}
