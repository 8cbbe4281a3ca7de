/** A system that can do as little as the contract allows: one grant at a time, no ids of grants, no grantors, and no memory of what it did. */
import type { ActualGrant, Connector, GrantOutcome } from '../../../connectors/connector.ts';
import type { NoneConnector } from '../../../connectors/none/connector.ts';
import { inMemory } from '../in-memory.ts';
import type { Peer, Traits } from '../peer.ts';

export const modestTraits: Traits = { keepsGrantorsApart: false, tellsRegrants: false, remembersEffects: false };

export async function modestPeer(): Promise<Peer> {
  let system: NoneConnector | undefined;
  const peer = await inMemory((made) => modest((system = made)));
  return {
    ...peer,
    // Who is a member already does not become one twice.
    grant: async (role, account) => {
      if (!system?.held().some((grant) => grant.role === role && grant.account === account)) await peer.grant(role, account);
    },
  };
}

function modest(system: NoneConnector): Connector {
  const { running: _running, lastUse: _lastUse, switch: _switch, lastChange: _lastChange, ...needed } = system;
  const { grant, revoke, restore } = system;
  return {
    ...needed,
    kind: 'modest',
    atOnce: { grants: 1 },
    snapshot: async (...asked) => {
      const whole = await system.snapshot(...asked);
      return { ...whole, grants: whole.grants.map(member) };
    },
    grant: async (wanted, beforeCommit) => oneOf(wanted, members(await grant(wanted, (told, transaction) => beforeCommit(members(told), transaction)))),
    revoke: async (grants, beforeCommit) => oneOf(grants, await revoke(grants.map(held), beforeCommit)),
    restore: async (grants, beforeCommit) => {
      // Beside another's, it would be a second one.
      const there = system.held().filter((grant) => grants.some(({ roleId, accountId }) => grant.roleId === roleId && grant.accountId === accountId));
      if (there.length === 0) return oneOf(grants, members(await restore(grants.map(member), (told, id) => beforeCommit(members(told), id))));
      const outcomes: GrantOutcome[] = [{ outcome: 'preexisting', grants: there.map(member) }];
      await beforeCommit(outcomes);
      return oneOf(grants, outcomes);
    },
    rehearse: (work, signal) => system.rehearse({ ...work, revoke: work.revoke.map(held) }, signal),
    wasCommitted: async () => 'unknown',
  };

  function held(recorded: ActualGrant): ActualGrant {
    return system.held().find((grant) => grant.roleId === recorded.roleId && grant.accountId === recorded.accountId) ?? recorded;
  }
}

/** The contract must not ask for more at once than the connector offers. */
function oneOf<T>(items: unknown[], outcomes: T[]): T[] {
  if (items.length > 1) throw new Error('one grant at a time');
  return outcomes;
}

const member = ({ id: _id, grantor: _grantor, grantorId: _grantorId, ...rest }: ActualGrant): ActualGrant => rest;

const members = (outcomes: GrantOutcome[]): GrantOutcome[] =>
  outcomes.map((each): GrantOutcome => {
    if (each.outcome === 'created') return { ...each, grant: member(each.grant) };
    return each.outcome === 'preexisting' ? { ...each, grants: each.grants.map(member) } : each;
  });
