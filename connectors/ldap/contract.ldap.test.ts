/** OpenLDAP does as every other system does, with every form of groups. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { ldapPeer } from '../../test/connectors/peers/ldap.ts';
import { ifMissing, slapd } from '../../test/support/slapd.ts';

describe.skipIf(!slapd).each(['groupOfNames', 'groupOfUniqueNames', 'posixGroup', 'group'] as const)(
  `the contract of a connector, on OpenLDAP with %s${ifMissing}`,
  (objectClass) => {
    connectorContract(() => ldapPeer(objectClass), { keepsGrantorsApart: false });
  },
);
