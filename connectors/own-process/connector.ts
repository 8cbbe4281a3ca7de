/**
 * A connector in a process of its own. What a system answers is read by libraries that were not made for servers which mean harm: a few bytes let one recurse until
 * its stack is over, loop without end, or fill the memory. That ends this process, and the calls that wait for it are tried again; releases in other systems go
 * on. docs/decisions/0287-connectors-in-processes-of-their-own.md
 */
import { leftOutOfStrings } from '../../clients/postgres/session.ts';
import type { System } from '../../domain/site/schema.ts';
import type { AsideWork, AtOnce, Connector, Opening } from '../connector.ts';
import type { Environment } from '../../clients/connection-string.ts';
import { connect, readConnectionString, readMeasureString } from '../registry.ts';
import type { Started } from './child.ts';
import { unpacked, type PackedSnapshot } from './packed-snapshot.ts';
import { Child, usual, type ProcessLimits } from '../../clients/own-process/child-process.ts';

const program = new URL('./child.ts', import.meta.url);

/** As `openSystem`, with the same errors, in a process of its own where the kind of system has answers to read. */
export async function openInOwnProcess(system: System, env: Environment, opening: Opening, limits?: Partial<ProcessLimits>): Promise<Connector> {
  const connectionString = await readConnectionString(system, env);
  return connectApart(system, connectionString, { opening: { ...opening, measure: await readMeasureString(system, env) }, ...(limits ? { limits } : {}) });
}

/** As `connect`, with the same errors: a system that answers nothing is here. */
export const connectApart = (system: System, connectionString: string, how: { opening?: Opening; limits?: Partial<ProcessLimits> } = {}): Connector =>
  system.kind === 'none' ? connect(system, connectionString) : connectorInOwnProcess(system, connectionString, how);

/**
 * As `connect`, with the same errors. Starts the process at the first call. Readings aside have processes of their own, each with its own connection: one reading of
 * a large group holds a connection and a processor for seconds, and no change waits for it (docs/decisions/0290-long-readings-beside-changes.md).
 */
export function connectorInOwnProcess(
  system: System,
  connectionString: string,
  { opening = {}, limits = {} }: { opening?: Opening; limits?: Partial<ProcessLimits> } = {},
): Connector {
  const { idleMs, ...own } = { ...usual, ...limits };
  // Opens no connection: it tells what this connector offers, and which work the kind of system keeps apart by itself.
  const here = connect(system, connectionString, opening);
  const open = (aside?: Opening['aside']): Connector => {
    const started: Started = { system, connectionString, opening: { ...opening, aside } };
    const environment = system.kind === 'postgres' ? leftOutOfStrings : undefined;
    return connectorOf(here, new Child({ program, started, environment }, { ...own, idleMs: aside ? idleMs : Infinity }));
  };
  const changes = open();
  const asides = new Map<Opening['aside'], Connector>();
  let isClosed = false;
  return {
    ...changes,
    get atOnce() {
      return changes.atOnce;
    },
    aside: (work: AsideWork) => {
      // It says that it was closed, and starts nothing.
      if (isClosed) return changes;
      if (here.aside && !here.aside(work)) return undefined;
      const of = work === 'simulations' && !here.aside ? 'readings' : work;
      const found = asides.get(of) ?? open(of);
      asides.set(of, found);
      return found;
    },
    close: async () => {
      isClosed = true;
      await Promise.all([changes, here, ...asides.values()].map((each) => each.close()));
    },
  } as Connector;
}

function connectorOf(here: Connector, child: Child): Connector {
  const remote =
    (method: string) =>
    (...args: unknown[]): Promise<unknown> =>
      child.call(method, args);
  const { probe, atOnce: _early, ...rest } = here;
  const methods = Object.entries(rest).flatMap(([name, value]) => (typeof value === 'function' && !answeredHere.has(name) ? [[name, remote(name)]] : []));
  return {
    ...rest,
    ...(Object.fromEntries(methods) as object),
    snapshot: async (...asked: Parameters<Connector['snapshot']>) => unpacked((await child.call('snapshot', asked)) as PackedSnapshot),
    get atOnce() {
      return (child.state as AtOnce | undefined) ?? here.atOnce;
    },
    ...(probe
      ? {
          probe: {
            reliesOn: probe.reliesOn,
            server: remote('probe.server') as typeof probe.server,
            assumed: remote('probe.assumed') as typeof probe.assumed,
            ...(probe.measure ? { measure: remote('probe.measure') as NonNullable<typeof probe.measure> } : {}),
          },
        }
      : {}),
    close: () => child.close(),
  } as Connector;
}

const answeredHere = new Set(['checkStatement', 'close']);
