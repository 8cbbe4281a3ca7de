/** The connections to systems of one worker process: opened when first needed, shared by all activities, closed at the end. */
import type { Environment } from '../clients/connection-string.ts';
import type { Connector, Opening } from '../connectors/connector.ts';
import { openSystem } from '../connectors/registry.ts';
import type { System } from '../domain/plan/schema.ts';

export interface OpenSystems {
  /** Rejects with what is wrong with the system's variable; a later call reads it again. */
  open(system: System): Promise<Connector>;
  closeAll(): Promise<void>;
}

/** `env`: contains the connection strings, by the names in plans. */
export function openSystems(env: Environment, opening: Pick<Opening, 'store' | 'lockSecret'>): OpenSystems {
  const open = new Map<string, Connector>();
  return {
    open: async (system) => {
      // Two plans may use the same id for different databases. Texts for people and the fields of each query do not count: they open no second connection.
      const key = JSON.stringify({ ...system, description: undefined, usage: undefined, timeZone: undefined });
      const opened = open.get(key) ?? openSystem(system, env, opening);
      open.set(key, opened);
      return opened;
    },
    closeAll: async () => {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map((connector) => connector.close()));
    },
  };
}
