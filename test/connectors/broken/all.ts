/** The contract suite on connectors that break it. Run by connectors/contract-notices.test.ts, in a process of its own: its tests must fail. */
import { describe } from 'vitest';
import { connectorContract } from '../contract.ts';
import { inMemory } from '../in-memory.ts';
import { defects } from './defects.ts';
import { modestPeer, modestTraits } from './modest.ts';
import { careful, credulous, networkedPeer, rash } from './networked.ts';

const apart = { keepsGrantorsApart: true };
const few = { many: 40 };

describe.each(defects.map(({ name, broken }) => [name, broken] as const))('%s', (_name, broken) => {
  connectorContract(() => inMemory(broken), apart, few);
});
describe.each(Object.entries({ careful, credulous, rash }))('%s', (_name, client) => {
  connectorContract(() => networkedPeer(client), apart, few);
});
describe('modest', () => {
  connectorContract(modestPeer, modestTraits, few);
});
