/** For tests of connectors: one grant at a time, with nobody who writes it down. */
import type { ActualGrant, Connector, GrantOutcome, RevokeOutcome, WantedGrant } from '../../connectors/connector.ts';

export const unrecorded = async (): Promise<void> => undefined;

export interface OneByOne {
  grant(role: string, account: string, signed?: Partial<WantedGrant>): Promise<GrantOutcome>;
  revoke(grant: ActualGrant): Promise<RevokeOutcome>;
  restore(grant: ActualGrant): Promise<GrantOutcome>;
  /** Grants, and answers the grant that was created. */
  granted(role: string, account: string): Promise<ActualGrant>;
}

export function oneByOne(connector: Connector): OneByOne {
  const grant: OneByOne['grant'] = async (role, account, signed = {}) => only(await connector.grant([{ role, account, ...signed }], unrecorded));
  return {
    grant,
    revoke: async (each) => only(await connector.revoke([each], unrecorded)),
    restore: async (each) => only(await connector.restore([each], unrecorded)),
    granted: async (role, account) => {
      const outcome = await grant(role, account);
      if (outcome.outcome !== 'created') throw new Error(`not granted: ${JSON.stringify(outcome)}`);
      return outcome.grant;
    },
  };
}

function only<T>(outcomes: T[]): T {
  const [outcome] = outcomes;
  if (outcome === undefined || outcomes.length !== 1) throw new Error(`one outcome was expected, and there are ${outcomes.length}`);
  return outcome;
}
