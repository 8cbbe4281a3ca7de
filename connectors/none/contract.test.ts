/** The system in memory does as every other system does. */
import { describe } from 'vitest';
import { connectorContract } from '../../test/connectors/contract.ts';
import { inMemory } from '../../test/connectors/in-memory.ts';

describe('the contract of a connector', () => {
  connectorContract(() => inMemory(), { keepsGrantorsApart: true });
});
