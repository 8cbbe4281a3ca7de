/** What every part of this bench stands on: one Temporal server with a namespace for this run, one PostgreSQL, and the API as a process of its own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { openSealer } from '../../api/seal.ts';
import { applyMessage, changedBy } from '../../domain/authority/applied.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { makeNamespace, temporal, withoutOthers } from '../engine/site.ts';
import { startMeasured, type MeasuredProcess } from './measured-process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
export const administrator = 'ines';

export interface BoardSite {
  client: Client;
  store: Store;
  databaseUrl: string;
  api: MeasuredProcess;
  /** Settings with which a process finds the same servers. */
  env: NodeJS.ProcessEnv;
  home: string;
  /** As the endpoint applies it, without starting its waves. */
  apply(plan: Plan): Promise<void>;
  tokenOf(person: string): Promise<string>;
  /** Called when the site closes, the last first. */
  closing: (() => Promise<unknown>)[];
  close(): Promise<void>;
}

/** Nobody is kept from asking as often as the bench does. */
const siteText = `site: bench
administrators: { people: [${administrator}] }
systems: [{ id: erp, kind: none }]
plans: [{ plan: '*', apply: { people: [${administrator}] }, systems: [{ system: erp }] }]
limits: { readsPerMinute: 1000000, unauthenticatedPerMinute: 1000000, packagesPerPlan: 1000 }
`;

export async function startBoardSite(): Promise<BoardSite> {
  const closing: BoardSite['closing'] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end().catch((error: unknown) => console.error(error));
  };
  try {
    return { ...(await startAll(closing)), closing, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(closing: BoardSite['closing']): Promise<Omit<BoardSite, 'closing' | 'close'>> {
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
  const store = await openStore(databaseUrl, { migrate: true });
  closing.push(() => store.close());

  const keys = { signingKeyFile: join(home, 'signing-key.json'), trustedKeysFile: join(home, 'trusted-keys.json') };
  const sealer = await openSealer(keys);
  const siteFile = join(home, 'site.yaml');
  await writeFile(siteFile, siteText);
  const env = {
    ...withoutOthers(process.env),
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: namespace,
    DATABASE_URL: databaseUrl,
    ROLEWAVE_HOME: home,
    ROLEWAVE_SIGNING_KEY_FILE: keys.signingKeyFile,
    ROLEWAVE_TRUSTED_KEYS_FILE: keys.trustedKeysFile,
    ROLEWAVE_SITE: siteFile,
    ROLEWAVE_DEMO: '1',
    ROLEWAVE_HOST: '127.0.0.1',
  };
  const api = await startMeasured('the API', join(project, 'api/main.ts'), home, env);
  closing.push(() => api.stop());
  return {
    client: new Client({ connection, namespace }),
    store,
    databaseUrl,
    api,
    env,
    home,
    async apply(document) {
      const record = { changedBy: changedBy(undefined, document, administrator, 1), consentedBy: [] };
      const message = applyMessage(document, { id: randomUUID(), number: 1, by: administrator, atMs: Date.now(), record });
      const seal = await sealer.seal(message);
      await store.saveRevision({ document, digest: message.body.digest, expected: 0, appliedBy: administrator, record, seal });
    },
    tokenOf: async (person) => {
      const response = await fetch(`${api.url}/v1/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ person }),
      });
      if (!response.ok) throw new Error(`no token for '${person}': ${await response.text()}`);
      return ((await response.json()) as { token: string }).token;
    },
  };
}
