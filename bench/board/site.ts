/** What every part of this bench stands on: the servers, and the API as a process of its own. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { applyMessage } from '../../domain/authority/applied.ts';
import { whoChanged } from '../../domain/authority/who-changed.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Store } from '../../store/contract.ts';
import { withServers, type Closing } from '../servers.ts';
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
  closing: Closing;
  close(): Promise<void>;
}

/** Nobody is kept from asking as often as the bench does. */
const siteText = `site: bench
administrators: { people: [${administrator}] }
systems: [{ id: erp, kind: none }]
plans: [{ plan: '*', apply: { people: [${administrator}] }, systems: [{ system: erp }] }]
limits: { readsPerMinute: 1000000, unauthenticatedPerMinute: 1000000, packagesPerPlan: 1000, revisionsPerPlanAndHour: 1000000 }
`;

export const startBoardSite = (): Promise<BoardSite> =>
  withServers(siteText, async ({ client, store, sealer, databaseUrl, home, env }, closing) => {
    const api = await startMeasured('the API', join(project, 'api/main.ts'), home, env);
    closing.push(() => api.stop());
    return {
      client,
      store,
      databaseUrl,
      api,
      env,
      home,
      async apply(document) {
        const record = { ...whoChanged(undefined, document, administrator, 1), consentedBy: [] };
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
  });
