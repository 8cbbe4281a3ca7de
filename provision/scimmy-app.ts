/**
 * A SCIM server of the npm package scimmy-routers, with everything in memory. It is a careless one: it adds a member a second time, takes members that
 * nobody knows, has no versions, and sends twenty resources a page unless it is asked for more.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { SCIMMY, SCIMMYRouters } from 'scimmy-routers';

type Stored = Record<string, unknown> & { id: string };
type Store = Map<string, Stored>;
/** Of one server; the library has the same handlers for all. */
interface Stores {
  users: Store;
  groups: Store;
}

const notThere = (id: string) => new SCIMMY.Types.Error(404, null as never, `Resource ${id} not found`);

for (const [resource, of] of [
  [SCIMMY.Resources.User, 'users'],
  [SCIMMY.Resources.Group, 'groups'],
] as const)
  (SCIMMY.Resources.declare(resource as never) as unknown as Handlers)
    .ingress((asked, instance, stores) => {
      if (asked.id !== undefined && !stores[of].has(asked.id)) throw notThere(asked.id);
      const stored = { ...(JSON.parse(JSON.stringify(instance)) as object), id: asked.id ?? randomUUID() };
      stores[of].set(stored.id, stored);
      return stored;
    })
    .egress((asked, stores) => {
      const all = [...stores[of].values()];
      if (asked.id === undefined) return asked.filter ? asked.filter.match(all) : all;
      const found = stores[of].get(asked.id);
      if (!found) throw notThere(asked.id);
      return found;
    })
    .degress((asked, stores) => {
      if (!stores[of].delete(asked.id ?? '')) throw notThere(asked.id ?? '');
    });

/** The library's types want a store of its own kind. */
interface Handlers {
  ingress(handler: (asked: Asked, instance: object, stores: Stores) => Stored): Handlers;
  egress(handler: (asked: Asked, stores: Stores) => Stored | Stored[]): Handlers;
  degress(handler: (asked: Asked, stores: Stores) => void): Handlers;
}
interface Asked {
  id?: string;
  filter?: { match(all: Stored[]): Stored[] };
}

/** Listens on the loopback address. `tokens`: each lets in to everything. */
export async function listenScimmy(tokens: string[], wanted = 0): Promise<{ port: number; close(): Promise<void> }> {
  const stores: Stores = { users: new Map(), groups: new Map() };
  const app = express();
  app.use((request, _response, next) => {
    // The library writes numbers into the query, which Express 5 makes anew at each reading.
    Object.defineProperty(request, 'query', { value: { ...request.query }, writable: true });
    next();
  });
  app.use(
    '/scim/v2',
    new SCIMMYRouters({
      type: 'bearer',
      handler: (request: express.Request) => {
        const token = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? '';
        if (!tokens.includes(token)) throw new Error('not let in');
        return token;
      },
      context: () => stores,
    }),
  );
  const server = app.listen(wanted, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
