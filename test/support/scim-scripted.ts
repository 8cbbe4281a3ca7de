/**
 * For tests: a SCIM server in memory that does what the test says instead, where no real server can be made to: one that is hostile, limits its rate, or loses
 * an answer. `answer` may answer any request; undefined leaves it to the server.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  /** Below the base address, with the query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Answering = (asked: Asked, response: ServerResponse) => Reply | 'handled' | undefined | Promise<Reply | 'handled' | undefined>;

export interface Scripted {
  host: string;
  port: number;
  baseUrl: string;
  /** Members of each group, as a careless server keeps them. */
  members: Map<string, string[]>;
  /** Everything that was asked, in order. */
  asked: Asked[];
  /** Of the group, with each change of its members. */
  version(group: string): string;
  /** As another administrator. */
  change(group: string, members: string[]): void;
  /** What the server does with a request by itself. */
  usual(asked: Asked): Reply;
  answer: Answering;
  stop(): Promise<void>;
}

export async function startScripted(people: string[], groups: string[]): Promise<Scripted> {
  const members = new Map(groups.map((group) => [group, [] as string[]]));
  const versions = new Map<string, number>();
  const list = (all: object[]): Reply => ({ status: 200, body: { totalResults: all.length, startIndex: 1, Resources: all } });
  const userOf = (id: string) => ({ id, userName: id, active: true });
  const groupOf = (id: string) => ({ id, displayName: id, meta: { version: scripted.version(id) }, members: members.get(id)?.map((value) => ({ value })) });

  const scripted: Scripted = {
    host: '127.0.0.1',
    port: 0,
    baseUrl: '',
    members,
    asked: [],
    version: (group) => `"${versions.get(group) ?? 1}"`,
    change: (group, now) => {
      members.set(group, now);
      versions.set(group, (versions.get(group) ?? 1) + 1);
    },
    usual: ({ method, path, headers, body }) => {
      const [address = '', query = ''] = path.split('?');
      const [kind, id] = address.split('/').map(decodeURIComponent);
      if (kind === 'ServiceProviderConfig') {
        const yes = { supported: true };
        return { status: 200, body: { patch: yes, filter: yes, etag: yes } };
      }
      const all = kind === 'Users' ? people : kind === 'Groups' ? [...members.keys()] : [];
      const one: (name: string) => object = kind === 'Users' ? userOf : groupOf;
      if (id === undefined) {
        const wanted = /eq "(.*)"$/.exec(new URLSearchParams(query).get('filter') ?? '')?.[1];
        return list(all.filter((each) => wanted === undefined || each === wanted).map((each) => one(each)));
      }
      if (!all.includes(id)) return { status: 404, body: { status: '404' } };
      if (method === 'GET') return { status: 200, headers: kind === 'Groups' ? { etag: scripted.version(id) } : {}, body: one(id) };
      if (headers['if-match'] !== undefined && headers['if-match'] !== scripted.version(id)) return { status: 412 };
      const held = members.get(id) ?? [];
      for (const { op, path: target = '', value = [] } of (JSON.parse(body) as { Operations: { op: string; path?: string; value?: { value: string }[] }[] })
        .Operations) {
        if (op === 'add') scripted.change(id, [...held, ...value.map(({ value: user }) => user)]);
        else
          scripted.change(
            id,
            held.filter((user) => target !== `members[value eq "${user}"]`),
          );
      }
      return { status: 204 };
    },
    answer: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = request;
      const asked: Asked = { method, path: url.replace('/scim/', ''), headers, body: Buffer.concat(chunks).toString() };
      scripted.asked.push(asked);
      const reply = (await scripted.answer(asked, response)) ?? scripted.usual(asked);
      if (reply === 'handled') return;
      response.writeHead(reply.status, { 'content-type': 'application/scim+json', ...reply.headers });
      response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(scripted, { port, baseUrl: `http://127.0.0.1:${port}/scim` });
}
