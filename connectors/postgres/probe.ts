/** What a PostgreSQL server does: its documentation says it, and its version decides it, so that nothing has to be tried. */
import type { PoolClient } from 'pg';
import { relies } from '../../domain/access/server-behaviour.ts';
import type { ServerProbe } from '../../domain/access/server-probe.ts';
import { serverNumber } from './place.ts';

/** From this version on, each grant is a row with an oid of its own (pg_auth_members.oid), and several grantors' stand beside each other. */
const rowsWithIds = 160_000;

/** `inTransaction`: one that only reads. */
export function postgresProbe(inTransaction: <T>(work: (client: PoolClient) => Promise<T>) => Promise<T>): ServerProbe {
  return {
    reliesOn: [
      relies({
        behaviour: 'regrant',
        answers: ['told', 'byGrantor'],
        for: 'revoke',
        otherwise: 'a rollback could take what somebody else granted',
        fix: 'connect to PostgreSQL',
      }),
    ],
    server: () =>
      inTransaction(async (client) => {
        const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
        return `PostgreSQL ${rows[0]?.version ?? ''}`;
      }),
    assumed: () =>
      inTransaction(async (client) => ({
        addOne: { is: 'leavesOthers', by: 'standard' },
        addAgain: { is: 'changesNothing', by: 'standard' },
        addUnknown: { is: 'refused', by: 'standard' },
        removeOne: { is: 'leavesOthers', by: 'standard' },
        removeAbsent: { is: 'changesNothing', by: 'standard' },
        removeLast: { is: 'done', by: 'standard' },
        // Roles are locked by Rolewave, and rows by the server.
        staleChange: { is: 'refused', by: 'standard' },
        partlyBad: { is: 'refusedWhole', by: 'standard' },
        regrant: { is: (await serverNumber(client)) >= rowsWithIds ? 'told' : 'byGrantor', by: 'said' },
      })),
  };
}
