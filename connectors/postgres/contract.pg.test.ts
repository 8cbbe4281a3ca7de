/** PostgreSQL does as every other system does, on every version that is installed here. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { postgresPrivilegesPeer } from '../../test/connectors/peers/postgres-privileges.ts';
import { postgresPeer } from '../../test/connectors/peers/postgres.ts';
import { everyVersion } from '../../test/support/older-postgres.ts';

for (const { version, binaries, missing } of everyVersion)
  describe.skipIf(missing !== '')(`the contract of a connector, on PostgreSQL ${version}${missing}`, () => {
    // 16 and 17 keep grants as 18 does.
    connectorContract(() => postgresPeer(binaries), { keepsGrantorsApart: version >= 16 }, { sequences: version === 16 || version === 17 ? 10 : 25 });
  });

for (const { version, binaries, missing } of everyVersion)
  describe.each(['table', 'schema'] as const)(
    `the contract of a connector, for privileges on a %s, on PostgreSQL ${version}${missing}`,
    { skip: missing !== '' },
    (kind) => {
      // Each grantor's grant is an entry of its own, on every version.
      connectorContract(
        () => postgresPrivilegesPeer(kind, binaries),
        { keepsGrantorsApart: true, tellsLastChanges: false },
        { sequences: version === 16 || version === 17 ? 10 : 25 },
      );
    },
  );
