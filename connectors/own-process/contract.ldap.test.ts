/** A connector in a process of its own does as it does without one: OpenLDAP, opened as a worker opens it. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { ldapPeer } from '../../test/connectors/peers/ldap.ts';
import { site } from '../../test/support/site.ts';
import { ifMissing, slapd } from '../../test/support/slapd.ts';
import type { Connector } from '../connector.ts';
import type { LdapSettings } from '../ldap/settings.ts';
import { connectorInOwnProcess } from './connector.ts';

function opened({ host, port, bindDn, password, groups, accounts, accesslog }: LdapSettings): Connector {
  const at = [bindDn, password].map(encodeURIComponent).join(':');
  const log = accesslog === undefined ? {} : { accesslog };
  const { systems } = site({ systems: [{ id: 'directory', kind: 'ldap', connection: { env: 'DIRECTORY' }, tls: 'none', groups, accounts, ...log }] });
  return connectorInOwnProcess(systems[0]!, `ldap://${at}@${host}:${port}`);
}

describe.skipIf(!slapd)(`the contract of a connector, on OpenLDAP in a process of its own${ifMissing}`, () => {
  connectorContract(() => ldapPeer('groupOfNames', opened), { keepsGrantorsApart: false }, { many: 60, sequences: 10 });
});
