/** The connections to systems of one worker process: opened when first needed, shared by all activities, opened anew when the site has changed, closed at the end. */
import { secretText, type Environment } from '../clients/connection-string.ts';
import { loginOf } from '../clients/postgres/session.ts';
import { isSameAddress, isSameServer } from '../clients/postgres/store-address.ts';
import { reopening } from '../clients/reopening.ts';
import type { Connector } from '../connectors/connector.ts';
import { connectApart } from '../connectors/own-process/connector.ts';
import { readConnectionString, readMeasureString } from '../connectors/registry.ts';
import type { Site, System } from '../domain/site/schema.ts';

export interface OpenSystems {
  /** Rejects with what is wrong with the system's variable or file; a later call reads it again. */
  open(system: System): Promise<Connector>;
  /** As `open`, a connection of its own: close it. */
  openAlone(system: System): Promise<Connector>;
  closeAll(): Promise<void>;
}

/** `env`: contains connection strings, by the names in the site file. `store`: the store's, which is never a system. `site`: as it is now. */
export function openSystems(env: Environment, { store, lockSecret, site }: { store: string; lockSecret: string; site: () => Site }): OpenSystems {
  const shared = reopening<Connector>();
  const opening = async (system: System): Promise<{ key: string; connect: () => Connector }> => {
    const connectionString = await readConnectionString(system, env);
    const measure = await readMeasureString(system, env);
    refuseStore(system, connectionString, store);
    const logins = system.kind === 'postgres' ? await loginsBeside(connectionString, store, site().systems, env) : [];
    const more = system.kind === 'postgres' ? { measure, store, lockSecret, logins } : {};
    return {
      key: JSON.stringify([dependsOn(system), connectionString, measure, logins]),
      connect: () => connectApart(system, connectionString, { opening: more }),
    };
  };
  return {
    open: async (system) => {
      const { key, connect: open } = await opening(system);
      return shared.get(system.id, key, open);
    },
    openAlone: async (system) => (await opening(system)).connect(),
    closeAll: () => shared.closeAll(),
  };
}

/** The other logins with which Rolewave works at the same server: of its store, and of other systems of the site. Sorted. */
async function loginsBeside(connectionString: string, store: string, systems: readonly System[], env: Environment): Promise<string[]> {
  // What cannot be read is said when that system is needed.
  const read = (text: Promise<string | undefined>) => text.catch(() => undefined);
  const others = systems
    .filter(({ kind }) => kind === 'postgres')
    .flatMap((other) => [read(readConnectionString(other, env)), read(readMeasureString(other, env))]);
  const all = [store, ...(await Promise.all(others))];
  return [...new Set(all.flatMap((one) => (one !== undefined && isSameServer(one, connectionString) ? (loginOf(one) ?? []) : [])))].sort();
}

/** What a connector is opened with, and so all of it that says how the system is used: a changed right or text drops no connection. */
function dependsOn(system: System): object {
  const { description: _text, connection: _secret, roles: _rights, ...own } = system;
  if (own.kind === 'none') return own;
  if (own.kind === 'postgres') {
    const { measure: _login, usage: _statement, timeZone: _zone, ...opened } = own;
    return opened;
  }
  const { probe: _probe, withoutRevoke: _accepted, ...opened } = own;
  return opened;
}

function refuseStore(system: System, connectionString: string, store: string): void {
  if (!system.connection || connectionString === '' || !isSameAddress(connectionString, store)) return;
  throw new Error(
    `system '${system.id}': ${secretText(system.connection)} leads to Rolewave's own store, and the store is never a system: put another database there`,
  );
}

/** At the start: a mistake that need not wait for the first grant. */
export async function refuseStoreAsSystem(site: Site, env: Environment, store: string): Promise<void> {
  for (const system of site.systems) {
    // What cannot be read is said when the system is needed.
    const connectionString = await readConnectionString(system, env).catch(() => undefined);
    if (connectionString !== undefined) refuseStore(system, connectionString, store);
  }
}
