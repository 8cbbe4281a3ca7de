/** A connector in a process of its own does as it does without one: PostgreSQL, opened as a worker opens it. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { postgresPeer } from '../../test/connectors/peers/postgres.ts';
import { site } from '../../test/support/site.ts';
import { connectorInOwnProcess } from './connector.ts';

const [system] = site({ systems: [{ id: 'erp', kind: 'postgres', connection: { env: 'ERP' } }] }).systems;

describe('the contract of a connector, on PostgreSQL in a process of its own', () => {
  connectorContract(
    () => postgresPeer(undefined, (connectionString) => connectorInOwnProcess(system!, connectionString, { opening: { lockSecret: 'of these tests' } })),
    { keepsGrantorsApart: true },
    { sequences: 10 },
  );
});
