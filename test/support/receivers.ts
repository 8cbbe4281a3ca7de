/** Real receivers on loopback for tests: a webhook receiver that checks signatures, and a mail server. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export interface Hook {
  id: string;
  timestamp: string;
  /** Whether the signature is right, as the receiver computes it by Standard Webhooks. */
  signed: boolean;
  contentType: string;
  headers: IncomingHttpHeaders;
  raw: string;
  body: { type: string; timestamp: string; data: Record<string, unknown> };
}
export type HookAnswer = number | { status: number; headers: Record<string, string> } | 'hang';

export interface HookReceiver {
  url: string;
  heard: Hook[];
  /** How it answers from now on. */
  answer: HookAnswer;
  close(): Promise<void>;
}

export async function startHookReceiver(port = 0): Promise<HookReceiver> {
  const receiver: HookReceiver = { url: '', heard: [], answer: 204, close: async () => undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const header = (name: string) => String(request.headers[name]);
      const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
      const expected = createHmac('sha256', key)
        .update(`${header('webhook-id')}.${header('webhook-timestamp')}.${text}`)
        .digest('base64');
      receiver.heard.push({
        id: header('webhook-id'),
        timestamp: header('webhook-timestamp'),
        signed: header('webhook-signature') === `v1,${expected}`,
        contentType: header('content-type'),
        headers: request.headers,
        raw: text,
        body: JSON.parse(text) as Hook['body'],
      });
      const { answer } = receiver;
      if (answer === 'hang') return;
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.writeHead(answer.status, answer.headers).end('said at length');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return receiver;
}

export interface Mail {
  to: string[];
  from: string;
  /** As received, headers and body. */
  raw: string;
}
export interface MailServer {
  url: string;
  port: number;
  mails: Mail[];
  /** How many times a client sent a password. */
  logins: number;
  /** How it refuses a recipient, such as { responseCode: 550, message: 'no such user' }. Undefined: it accepts them. */
  refuses: (address: string) => { responseCode: number; message: string } | undefined;
  close(): Promise<void>;
}

/** Without TLS, because no one can eavesdrop on loopback. `password`: the password that it requires. */
export async function startMailServer({ port = 0, password }: { port?: number; password?: string } = {}): Promise<MailServer> {
  const mailServer: MailServer = { url: '', port, mails: [], logins: 0, refuses: () => undefined, close: async () => undefined };
  const server = new SMTPServer({
    authOptional: password === undefined,
    disabledCommands: password === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (login, _session, done) => {
      mailServer.logins += 1;
      if (login.password === password) done(null, { user: login.username });
      else done(new Error('wrong password'));
    },
    logger: false,
    onRcptTo: ({ address }, _session, done) => {
      const refusal = mailServer.refuses(address);
      done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mailServer.mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  mailServer.port = (server.server.address() as AddressInfo).port;
  mailServer.url = `smtp://127.0.0.1:${mailServer.port}`;
  mailServer.close = () => new Promise((resolve) => server.close(() => resolve()));
  return mailServer;
}
