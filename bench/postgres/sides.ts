/** By hand: grants all pairs with SQL, and revokes them again. */
import { Client, escapeIdentifier } from 'pg';
import type { Side, Workload } from '../sides.ts';

/** As an administrator with a script does it: one statement per role, with all of its people, in one session. */
export async function byHand(connectionString: string): Promise<Side> {
  const client = new Client({ connectionString });
  await client.connect();
  const forEachRole = async ({ packages }: Workload, statement: (role: string, accounts: string) => string) => {
    for (const { roles, accounts } of packages)
      for (const role of roles) await client.query(statement(escapeIdentifier(role), accounts.map((account) => escapeIdentifier(account)).join(', ')));
  };
  return {
    name: 'by hand',
    grant: (workload) => forEachRole(workload, (role, accounts) => `grant ${role} to ${accounts}`),
    rollBack: (workload) => forEachRole(workload, (role, accounts) => `revoke ${role} from ${accounts}`),
    close: () => client.end(),
  };
}
