/** SCIM servers do as every other system does: one that keeps to the RFCs, and a careless one. Where nobody else changes the groups, as the site file says. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../../test/support/scim-scim2-server.ts';
import { startScimmy } from '../../test/support/scim-scimmy.ts';
import { scimPeer } from '../../test/support/scim-server.ts';

const traits = { keepsGrantorsApart: false, tellsRegrants: false };

describe.skipIf(!hasScim2Server)(`the contract of a connector, on scim2-server${ifNoScim2Server}`, () => {
  connectorContract(async () => scimPeer(await startScim2Server()), traits, { many: 40, sequences: 10 });
});

describe('the contract of a connector, on scimmy-routers', () => {
  connectorContract(async () => scimPeer(await startScimmy()), traits, { many: 120 });
});
