/** What a bench of several processes stands on: one Temporal server with a namespace for this run, one PostgreSQL, and what every process of the product is given. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { openSealer, type Sealer } from '../api/seal.ts';
import { startDevServer } from '../provision/dev-server.ts';
import { removePostgres, startPostgres } from '../provision/postgres.ts';
import { ensureSearchAttributes } from '../provision/search-attributes.ts';
import { temporalSettings, type TemporalServer } from '../settings/temporal.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';

/** Called when the bench ends, the last first. */
export type Closing = (() => Promise<unknown>)[];

/** What the product stands on: its store, its keys, its site file, and the settings with which each of its processes finds them. */
export interface Product {
  store: Store;
  sealer: Sealer;
  env: NodeJS.ProcessEnv;
}

export interface Servers extends Product {
  client: Client;
  databaseUrl: string;
  home: string;
}

/** `start`: what else this bench needs. If something fails, everything that was started is stopped. */
export async function withServers<T extends object>(
  siteText: string,
  start: (servers: Servers, closing: Closing) => Promise<T>,
): Promise<T & { close(): Promise<void>; closing: Closing }> {
  const closing: Closing = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end().catch((error: unknown) => console.error(error));
  };
  try {
    return { ...(await start(await startServers(siteText, closing), closing)), closing, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startServers(siteText: string, closing: Closing): Promise<Servers> {
  const home = await mkdtemp(join(tmpdir(), 'rolewave-bench-'));
  await chmod(home, 0o711);
  closing.push(() => rm(home, { recursive: true, force: true }));
  const server = await temporal(home, closing);
  const namespace = `rolewave-bench-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect(server);
  closing.push(() => connection.close());
  await makeNamespace(connection, namespace);
  closing.push(() => connection.operatorService.deleteNamespace({ namespace }));

  const dir = join(home, 'postgres');
  const postgres = await startPostgres({ dir, port: 0, databases: ['rolewave'] });
  closing.push(() => removePostgres(dir));
  closing.push(() => postgres.stop());
  const databaseUrl = postgres.urlOf('rolewave');
  const product = await productIn(home, { databaseUrl, temporal: { address: server.address, namespace }, siteText });
  closing.push(() => product.store.close());
  return { ...product, client: new Client({ connection, namespace }), databaseUrl, home };
}

interface Where {
  databaseUrl: string;
  temporal: { address: string; namespace?: string };
  siteText: string;
}

/** `home`: a folder for its files. The caller closes the store. */
export async function productIn(home: string, { databaseUrl, temporal: { address, namespace }, siteText }: Where): Promise<Product> {
  const keys = { signingKeyFile: join(home, 'signing-key.json'), trustedKeysFile: join(home, 'trusted-keys.json') };
  const siteFile = join(home, 'site.yaml');
  await writeFile(siteFile, siteText);
  const sealer = await openSealer(keys);
  return {
    store: await openStore(databaseUrl, { migrate: true }),
    sealer,
    env: {
      ...withoutOthers(process.env),
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      TEMPORAL_ADDRESS: address,
      ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
      DATABASE_URL: databaseUrl,
      ROLEWAVE_HOME: home,
      ROLEWAVE_SIGNING_KEY_FILE: keys.signingKeyFile,
      ROLEWAVE_TRUSTED_KEYS_FILE: keys.trustedKeysFile,
      ROLEWAVE_SITE: siteFile,
      ROLEWAVE_DEMO: '1',
      ROLEWAVE_HOST: '127.0.0.1',
    },
  };
}

/** The server that TEMPORAL_ADDRESS names, or a dev server in memory. */
async function temporal(home: string, closing: Closing): Promise<TemporalServer> {
  const { server } = temporalSettings(process.env);
  if (server) return server;
  const started = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  closing.push(() => started.stop());
  return { address: started.address };
}

/** Closed workflows are kept for a day. Not all parts of the server know a new namespace at once, so this waits until they do. */
async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace });
      return await ensureSearchAttributes(connection, namespace);
    } catch (error) {
      if (attempt === 120) throw error;
      await sleep(250);
    }
  }
}

/** The settings of the user's own Rolewave must not reach the bench. Of Temporal's settings, only those that name a server are used. */
const withoutOthers = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ROLEWAVE_|PG)/.test(name)));
