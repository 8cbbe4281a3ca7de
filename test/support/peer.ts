/**
 * The command's peer in tests: a real HTTP server on loopback that answers like Rolewave's endpoint from a wave and a package held in memory. It
 * stands in for nothing but the network's other end; what the endpoint itself does is tested in api/.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PackageView, WavePackageView, WaveView } from '../../domain/views.ts';
import type { RollbackPreview } from '../../cli/rollback-preview.ts';

export interface Heard {
  method: string;
  path: string;
  body: unknown;
  headers: IncomingMessage['headers'];
}
type Reply = { status: number; body: unknown } | 'hang' | 'hang-up';

export interface Peer {
  url: string;
  heard: Heard[];
  /** Answers the next requests to this path (method and path) with these, in order, before anything else. */
  will(route: string, ...replies: Reply[]): void;
  waves: { wave: WaveView; packages: PackageView[] }[];
  close(): Promise<void>;
}

export async function startPeer(waves: Peer['waves']): Promise<Peer> {
  const heard: Heard[] = [];
  const planned = new Map<string, Reply[]>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = String(request.url);
    heard.push({ method: String(request.method), path, body: await bodyOf(request), headers: request.headers });
    const reply = planned.get(`${request.method} ${path}`)?.shift() ?? usual(String(request.method), path, waves);
    if (reply === 'hang') return;
    if (reply === 'hang-up') return void request.socket.destroy();
    response
      .writeHead(reply.status, { 'content-type': reply.status < 400 ? 'application/json' : 'application/problem+json' })
      .end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    waves,
    will: (route, ...replies) => void planned.set(route, replies),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return request.headers['content-type'] === 'application/json' ? JSON.parse(text) : text;
}

function usual(method: string, path: string, waves: Peer['waves']): Exclude<Reply, string> {
  const [, , kind, plan, wave, rolePackage, part] = path.split('?')[0]?.split('/') ?? [];
  if (part === 'rollback-preview') return { status: 200, body: rollbackPreview() };
  if (method === 'POST' && kind === 'tokens') return { status: 200, body: { token: 'given.by.peer', expiresAt: '2030-01-01T00:00:00Z' } };
  if (method === 'POST') return { status: 200, body: { status: 'accepted', id: 'message-1' } };
  if (kind === 'waves' && plan === undefined) return { status: 200, body: waves };
  const found = waves.find((entry) => entry.wave.plan === plan && entry.wave.wave === wave);
  if (!found)
    return {
      status: 404,
      body: {
        code: 'unknown-wave',
        title: 'There is no such wave in the plan',
        detail: `No wave '${wave}'.`,
        whatToDo: 'List what there is with GET /v1/waves.',
      },
    };
  if (kind === 'waves') return { status: 200, body: found.wave };
  return {
    status: 200,
    body: {
      package: found.wave.packages.find((entry) => entry.package === rolePackage) ?? null,
      running: found.packages.find((entry) => entry.package === rolePackage) ?? null,
      evaluations: [],
      ledger: {},
      events: [],
    },
  };
}

export const plannedPackage = (over: Partial<WavePackageView> = {}): WavePackageView => ({
  package: 'closing',
  name: 'Finance Month-End Operator',
  owner: 'ana',
  team: 'finance',
  risk: 'low',
  state: 'Scheduled',
  nextAction: 'Release',
  goLiveMs: Date.parse('2026-04-08T18:00:00Z'),
  planDigest: 'a'.repeat(64),
  previewDigest: 'b'.repeat(64),
  preview: [{ system: 'erp', digest: 'c'.repeat(64), people: 6, toGrant: 11, alreadyThere: 1, toRetire: 12, conflicts: ['the role fin_close does not exist'] }],
  checklist: [{ item: 'handoff', ok: false, why: 'no evidence yet' }],
  signOffs: [],
  needs: ['handoff: no evidence yet', 'sign-off: by ana'],
  ...over,
});

export const waveOf = (packages: WavePackageView[], over: Partial<WaveView> = {}): WaveView => ({
  kind: 'wave',
  plan: 'small',
  wave: 'first',
  revision: 1,
  stage: 'signOffs',
  goLiveMs: Date.parse('2026-04-08T18:00:00Z'),
  packages,
  notes: [],
  refusals: [],
  ...over,
});

export const runningPackage = (over: Partial<PackageView> = {}): PackageView => ({
  kind: 'package',
  plan: 'small',
  wave: 'first',
  package: 'closing',
  name: 'Finance Month-End Operator',
  owner: 'ana',
  team: 'finance',
  risk: 'low',
  revision: 1,
  state: 'Monitoring',
  nextAction: 'Monitor',
  grants: { created: 11, preexisting: 1, failed: 0, unknown: 0, legacyRetired: 12 },
  watch: {
    startMs: Date.parse('2026-04-08T18:00:00Z'),
    endMs: Date.parse('2026-04-22T18:00:00Z'),
    day: 3,
    days: 14,
    nextEvaluationMs: Date.parse('2026-04-12T18:00:00Z'),
    evaluations: 3,
  },
  lastVerdict: { kind: 'learning', why: 'close-adoption is judged only from 7 days after go-live on', atMs: Date.parse('2026-04-11T18:00:00Z'), evaluation: 3 },
  tunes: [],
  receipts: [],
  notes: [],
  refusals: [],
  ...over,
});

/** Three would lose a role, one of them used it just now. */
export const rollbackPreview = (over: Partial<RollbackPreview> = {}): RollbackPreview => ({
  asOf: 'now',
  sinceMs: Date.now() - 3_600_000,
  counts: { revoked: 3, restored: 1, kept: 1, undecided: 0, usedBy: 1 },
  systems: [{ system: 'erp', asOf: 'now', revoked: 3, usedBy: 1, usageFrom: 'usage statement' }],
  revoked: [
    { system: 'erp', role: 'fin_close', account: 'kdahl', person: 'kim', why: 'granted by this release', lastUsedMs: Date.now() - 4 * 60_000 - 5_000 },
    { system: 'erp', role: 'fin_close', account: 'ana', person: 'ana', why: 'granted by this release' },
    { system: 'erp', role: 'fin_close', account: 'ben', person: 'ben', why: 'granted by this release' },
  ],
  restored: [{ system: 'erp', role: 'fin_old', account: 'ben', person: 'ben', why: 'retired by this release' }],
  kept: [{ system: 'erp', role: 'fin_close', account: 'eve', person: '', why: 'granted by dba_kim' }],
  undecided: [],
  cut: false,
  dependencies: [
    { line: 'no other package needs these grants', clear: true },
    { line: '1 running in erp: ana has a transaction open', clear: false, clearedBy: 'ana' },
  ],
  dependencyCheck: 'as of now',
  ...over,
});
