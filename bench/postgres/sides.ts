/** The ways to grant the same: by hand, and by Rolewave. Each grants all pairs and takes all of them back. */
import { Client, escapeIdentifier } from 'pg';
import type { ActualGrant, Connector } from '../../connectors/connector.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import type { Pair, Workload } from './workload.ts';

export interface Side {
  name: string;
  grant(workload: Workload): Promise<void>;
  /** Takes back what `grant` has granted. */
  rollBack(workload: Workload): Promise<void>;
  close(): Promise<void>;
}

/** As an administrator with a script does it: one statement per role, with all of its people, in one session. */
export async function byHand(connectionString: string): Promise<Side> {
  const client = new Client({ connectionString });
  await client.connect();
  const forEachRole = async ({ pairs }: Workload, statement: (role: string, accounts: string) => string) => {
    for (const [role, of] of Map.groupBy(pairs, (pair) => pair.role))
      await client.query(statement(escapeIdentifier(role), of.map(({ account }) => escapeIdentifier(account)).join(', ')));
  };
  return {
    name: 'by hand',
    grant: (workload) => forEachRole(workload, (role, accounts) => `grant ${role} to ${accounts}`),
    rollBack: (workload) => forEachRole(workload, (role, accounts) => `revoke ${role} from ${accounts}`),
    close: () => client.end(),
  };
}

/** The connector alone, as the activities use it: what it shows is what is signed, and every identity is read back before the commit. */
export function byConnector(connectionString: string): Side {
  const connector = postgresConnector({ connectionString });
  let granted: ActualGrant[] = [];
  return {
    name: 'connector',
    grant: async ({ pairs }) => {
      const outcomes = await connector.grant(await signed(connector, pairs), async () => undefined);
      granted = outcomes.map((each) => {
        if (each.outcome !== 'created') throw new Error(`not created: ${JSON.stringify(each)}`);
        return each.grant;
      });
    },
    rollBack: async () => {
      const outcomes = await connector.revoke(granted, async () => undefined);
      const wrong = outcomes.find(({ outcome }) => outcome !== 'revoked');
      if (wrong) throw new Error(`not revoked: ${JSON.stringify(wrong)}`);
    },
    close: () => connector.close(),
  };
}

async function signed(connector: Connector, pairs: Pair[]) {
  const of = (field: keyof Pair) => [...new Set(pairs.map((pair) => pair[field]))];
  const { roles, accounts } = await connector.snapshot(of('role'), of('account'));
  const contents = new Map(roles.map((content) => [content.role, content]));
  const ids = new Map(accounts.map(({ account, id }) => [account, id]));
  return pairs.map((pair) => {
    const [content, accountId] = [contents.get(pair.role), ids.get(pair.account)];
    return {
      ...pair,
      ...(content?.id === undefined ? {} : { roleId: content.id, digest: content.digest }),
      ...(accountId === undefined ? {} : { accountId }),
    };
  });
}
