/**
 * The command's peer in tests: a real HTTP server on loopback that answers like Rolewave's endpoint from a wave and a package held in memory. It
 * replaces only the other end of the network. The tests in api/ are about the endpoint itself.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PackageView } from '../../domain/views/package.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { grants, preview, rollbackPreview } from './views.ts';

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
  /** For whom it takes every caller; undefined: it does not say. */
  person: string | undefined;
  /** Answers the next requests to this route (method and path) with these replies, in order. */
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
      .writeHead(reply.status, {
        'content-type': reply.status < 400 ? 'application/json' : 'application/problem+json',
        ...(peer.person === undefined ? {} : { 'x-rolewave-person': peer.person }),
      })
      .end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: Peer = {
    person: undefined,
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
  return peer;
}

const isIn =
  (query: URLSearchParams) =>
  ({ wave }: Peer['waves'][number]): boolean =>
    [wave.plan, undefined].includes(query.get('plan') ?? undefined) && [wave.wave, undefined].includes(query.get('wave') ?? undefined);

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return request.headers['content-type'] === 'application/json' ? JSON.parse(text) : text;
}

function usual(method: string, path: string, waves: Peer['waves']): Exclude<Reply, string> {
  const [, , kind, plan, wave, rolePackage, part] = path.split('?')[0]?.split('/') ?? [];
  if (part === 'rollback-preview') return { status: 200, body: rollbackPreview() };
  if (part === 'preview') return { status: 200, body: preview() };
  if (part === 'grants') return { status: 200, body: grants() };
  if (method === 'POST' && kind === 'tokens') return { status: 200, body: { token: 'given.by.peer', expiresAt: '2030-01-01T00:00:00Z', person: 'eva' } };
  if (method === 'POST') return { status: 200, body: { status: 'accepted', id: 'message-1' } };
  if (kind === 'waves' && plan === undefined) return { status: 200, body: { waves: waves.filter(isIn(new URL(path, 'http://peer').searchParams)) } };
  const found = waves.find((entry) => entry.wave.plan === plan && entry.wave.wave === wave);
  if (!found)
    return {
      status: 404,
      body: {
        code: 'unknown-wave',
        title: 'There is no such wave in the plan',
        detail: `No wave '${wave}'.`,
        whatToDo: 'List the waves with GET /v1/waves.',
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
