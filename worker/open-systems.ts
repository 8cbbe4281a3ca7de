/** The connections to systems of one worker process: opened when first needed, shared by all activities, closed at the end. */
import { openSystem } from '../connectors/registry.ts';
import type { OpenSystem } from '../connectors/registry.ts';
import type { System } from '../domain/plan/schema.ts';

export interface OpenSystems {
  /** Rejects with what is wrong with the system's variable; asked again, it looks again. */
  open(system: System): Promise<OpenSystem>;
  closeAll(): Promise<void>;
}

/** `env`: where the connection strings are, by the names that plans give. */
export function openSystems(env: Record<string, string | undefined>): OpenSystems {
  const open = new Map<string, OpenSystem>();
  return {
    open: async (system) => {
      // Two plans may call different databases by the same id.
      const key = JSON.stringify([system.id, system.kind, system.connection, system.readOnly]);
      const opened = open.get(key) ?? openSystem(system, env);
      open.set(key, opened);
      return opened;
    },
    closeAll: async () => {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.flatMap(({ connector, source }) => [connector.close(), source.close()]));
    },
  };
}
