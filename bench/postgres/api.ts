/** What a process of the API takes while a large package is read, person by person, again and again. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { recordBatch } from '../../domain/records.ts';
import { packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import { planSchema } from '../../domain/plan/schema.ts';
import { newEntry, next } from '../../domain/release/facts.ts';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import type { CarriedPackageView, CarriedWaveView } from '../../domain/views/texts.ts';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess } from '../../provision/server-process.ts';
import { planOf } from '../engine/plan.ts';
import { saveFirstRevision } from '../engine/revision.ts';
import { siteText } from '../engine/site-file.ts';
import { productIn, type Product } from '../servers.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const owner = 'olga';
const role = 'clerk';
/** Each round reads every one of them once. */
const rounds = { warm: 5, more: 25 };
const pages = ['/grants?limit=200', '/preview?limit=200', ''];

/** MiB: after a few rounds of reading, and after many more. `temporal`: address of a server, which knows of no workflow: what is closed is read from its final record. */
export async function apiMemory(home: string, databaseUrl: string, temporal: string, people: number): Promise<{ warm: number; later: number }> {
  const plan = `readers-${people}`;
  const product = await productIn(home, { databaseUrl, temporal: { address: temporal }, siteText });
  try {
    await prepared(product, plan, people);
  } finally {
    await product.store.close();
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const api = await startServerProcess({
    name: 'the API',
    command: process.execPath,
    args: [join(project, 'api/main.ts')],
    cwd: project,
    env: { ...product.env, ROLEWAVE_PORT: String(port) },
    logFile: join(home, 'api.log'),
    recordFile: join(home, 'api.json'),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  try {
    const { token } = (await answer(`${url}/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person: owner }),
    })) as { token: string };
    const read = async (times: number) => {
      for (let round = 0; round < times; round += 1)
        for (const page of pages) await answer(`${url}/v1/packages/${plan}/wave/access${page}`, { headers: { authorization: `Bearer ${token}` } });
      return residentMiB(api.pid);
    };
    const warm = await read(rounds.warm);
    return { warm, later: await read(rounds.more) };
  } finally {
    await api.stop();
  }
}

/** A wave that is closed: its plan, the preview of one package, what the release granted, and the final records. */
async function prepared({ store, sealer }: Product, plan: string, people: number): Promise<void> {
  const spec = { id: `${plan}/wave`, goLiveMs: Date.now(), alsoSigns: [], evaluations: { length: 7, every: 1 } };
  const text = planOf(spec, Date.now());
  const cohort = Array.from({ length: people }, (_, at) => `reader-${at + 1}`);
  const document = planSchema.parse({ ...text, people: [...text.people, ...cohort.map((id) => ({ id, name: id, team: 'finance' }))] });
  document.packages = document.packages.map((each) => ({ ...each, cohort }));
  if ((await store.latestRevision(plan)) === undefined) {
    await saveFirstRevision(store, document, sealer);
    const of = { plan, wave: 'wave', package: 'access' };
    const entries = cohort.map((account) => newEntry(of, { system: 'erp', kind: 'grant', role, account, person: account, place: 'bench' }));
    await store.append(
      entries.map((entry, at) =>
        next(entry, 'release', {
          did: 'granted',
          grants: [
            {
              role,
              account: entry.account,
              grantor: 'rolewave',
              options: { admin: false },
              id: String(at + 1),
              roleId: '1',
              accountId: String(at + 1),
              grantorId: '2',
            },
          ],
        }),
      ),
    );
    const content: PreviewContent = {
      plan,
      package: 'access',
      system: 'erp',
      legacy: [],
      before: [],
      others: [],
      conflicts: [],
      entitlements: [{ system: 'erp', role }],
      people: cohort.map((account, at) => ({ person: account, account, accountId: String(at + 1) })),
      roles: [{ role, exists: true, id: '1', digest: 'bench' }],
    };
    const preview = [{ system: 'erp', digest: await store.savePreview(content), people, toGrant: people, alreadyThere: 0, toRetire: 0, conflicts: [] }];
    const common = { owner, team: 'finance', risk: 'low', state: 'Stable', nextAction: 'Monitor' } as const;
    const digests = { planDigest: plan, previewDigest: plan };
    const waveRecord: CarriedWaveView = {
      kind: 'wave',
      plan,
      wave: 'wave',
      revision: 1,
      stage: 'closed',
      packages: [{ package: 'access', ...common, ...digests, preview, checklist: [], signOffs: [], blockers: [] }],
      notes: [],
      refusals: [],
    };
    const packageRecord: CarriedPackageView = {
      kind: 'package',
      ...of,
      revision: 1,
      ...common,
      grants: { created: people, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
      watch: { startMs: spec.goLiveMs, endMs: spec.goLiveMs, day: 7, days: 7, evaluations: 0 },
      tunes: [],
      receipts: [],
      notes: [],
      refusals: [],
    };
    await store.record(
      recordBatch({
        finals: [
          { workflowId: waveWorkflowId(plan, 'wave'), state: waveRecord },
          { workflowId: packageWorkflowId(plan, 'wave', 'access'), state: packageRecord },
        ],
      }),
    );
  }
}

async function answer(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(body).slice(0, 500)}`);
  return body;
}

const residentMiB = async (pid: number): Promise<number> =>
  Math.round(Number((await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1_024);
