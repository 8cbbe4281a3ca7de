import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../provision/free-port.ts';
import { TryAgain, Undeliverable } from './channel.ts';
import { smtp } from './smtp.ts';
import { messageTo, olga } from '../test/support/notices.ts';
import { startMailServer, type MailServer } from '../test/support/receivers.ts';

const from = 'Rolewave <rolewave@mail.example.com>';
let server: MailServer;
beforeEach(async () => {
  server = await startMailServer();
});
afterEach(() => server.close());

const send = (...message: Parameters<typeof messageTo>) => smtp({ url: server.url, from }).send(messageTo(...message));
const failure = (...message: Parameters<typeof messageTo>): Promise<unknown> => send(...message).catch((error: unknown) => error);
/** Simulates a busy machine: blocks the process. */
function waitBusily(ms: number): void {
  const end = Date.now() + ms;
  while (Date.now() < end);
}
const header = (raw: string, name: string) => new RegExp(`^${name}: (.*(?:\r\n .*)*)`, 'im').exec(raw)?.[1];

test('each recipient of a notice gets one mail of their own', () => {
  expect(smtp({ url: server.url, from }).recipients(messageTo(undefined, { to: ['olga', 'otto', 'olga'] }).notice)).toEqual(['olga', 'otto']);
});

test('the mail is plain text with the whole notice, marked as automatically generated', async () => {
  await send(olga);
  const [mail] = server.mails;
  expect(mail).toMatchObject({ from: 'rolewave@mail.example.com', to: ['olga@example.com'] });
  const raw = mail!.raw.replaceAll('=\r\n', '');
  expect(header(raw, 'Subject')).toBe('Sign-off needed: erp/wave-1/clerks (by 2027-03-02 18:00 UTC)');
  expect(header(raw, 'To')).toBe('Olga Nowak <olga@example.com>');
  expect(header(raw, 'From')).toBe('Rolewave <rolewave@mail.example.com>');
  expect(header(raw, 'Auto-Submitted')).toBe('auto-generated');
  expect(header(raw, 'Content-Type')).toMatch(/^text\/plain/);
  for (const part of ['Hello Olga Nowak,', 'waits for your sign-off', 'You are asked.', 'rolewave sign-off erp/wave-1/clerks']) expect(raw).toContain(part);
});

test('its Message-ID depends on the notice and the person: the same when it is sent again, and without naming either', async () => {
  await send(olga);
  await send(olga);
  await send({ ...olga, id: 'otto' });
  const [first, second, other] = server.mails.map(({ raw }) => header(raw, 'Message-ID'));
  expect(first).toMatch(/^<[0-9a-f]{40}@mail\.example\.com>$/);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test('text from a plan cannot become headers', async () => {
  const nasty = 'Olga\r\nBcc: eve@example.com';
  await send({ ...olga, name: nasty }, { text: nasty, plan: 'erp\r\nBcc: eve@example.com' });
  const [mail] = server.mails;
  expect(mail!.to).toEqual(['olga@example.com']);
  expect(mail!.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc/im);
});

test('a name of thousands of characters makes no header that a server refuses', async () => {
  await send({ ...olga, name: 'Ł'.repeat(4_000) }, {});
  expect(header(server.mails[0]!.raw, 'To')?.length).toBeLessThan(1_000);
});

test('text from a plan becomes no link, and the name in the address none either', async () => {
  await send({ ...olga, name: 'www.evil.example' }, { text: 'Sign in at https://evil.example/login or write to it@evil.example.' });
  const raw = server.mails[0]!.raw.replaceAll('=\r\n', '').replaceAll('=3D', '=');
  expect(raw).toContain('hxxps[:]//evil[.]example/login or write to it[at]evil[.]example.');
  expect(raw).not.toContain('evil.example');
});

test('an address to which the site lets no mail go gets none, and the delivery says why', async () => {
  const { email: _, ...person } = olga;
  expect(await failure({ ...person, leftOut: 'elsewhere.example' })).toMatchObject({
    name: 'Undeliverable',
    message: expect.stringMatching(
      /^the site does not allow mail to addresses of 'elsewhere\.example', such as that of 'olga': add the domain under mail\.domains/,
    ),
  });
  expect(server.mails).toEqual([]);
});

describe('fails for good', () => {
  test('for a person without an address: the error says whose, and where to add it', async () => {
    const error = await failure({ id: 'olga', name: 'Olga Nowak' });
    expect(error).toEqual(
      new Undeliverable("'olga' has no e-mail address in plan 'erp': add it under people[].email, apply the plan, and send the notice again"),
    );
  });

  test('for a person who is no longer in the plan', async () => {
    expect(await failure({ id: 'olga' })).toEqual(
      new Undeliverable("plan 'erp' no longer has a person 'olga': name someone else in their place, and apply the plan"),
    );
  });

  test('for a recipient whom the server refuses for good; the address is not repeated', async () => {
    server.refuses = (address) => ({ responseCode: 550, message: `<${address}>: no such user here` });
    const error = (await failure(olga)) as Error;
    expect(error).toBeInstanceOf(Undeliverable);
    expect(error.message).toContain('550 <the address>: no such user here');
    expect(error.message).not.toContain('olga@');
  });
});

describe('is retried', () => {
  test.each([421, 450, 451, 452, 503])('a server that answers %i for the recipient', async (responseCode) => {
    server.refuses = () => ({ responseCode, message: 'not now' });
    expect(await failure(olga)).toBeInstanceOf(TryAgain);
  });

  test('a server that is down', async () => {
    const error = await smtp({ url: `smtp://127.0.0.1:${await freePort()}`, from })
      .send(messageTo(olga))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TryAgain);
    expect((error as Error).message).toContain('the mail server cannot be reached: nothing listens at its address');
  });

  test.each([
    ['sends nothing', () => undefined],
    ['sends a greeting and nothing more', (socket: Socket) => socket.write('220 mail.example.com\r\n')],
    ['sends nothing, while this process is too busy for its timers', () => waitBusily(300)],
  ])('a server that accepts the connection and %s: the error names the limit, whichever timer ended the wait', async (_, answer) => {
    const connections: Socket[] = [];
    const silent = createServer((socket) => {
      connections.push(socket);
      answer(socket);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const channel = smtp({ url: `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`, from }, 100);
      // Enough repetitions to show a race.
      for (let attempt = 0; attempt < 5; attempt++) {
        const error = await channel.send(messageTo(olga)).catch((thrown: unknown) => thrown);
        expect(error).toEqual(new TryAgain('the mail server did not answer within 0.1 seconds'));
      }
      // nodemailer may try an address twice.
      expect(connections.length).toBeGreaterThanOrEqual(5);
    } finally {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  test('a remote server that offers no encryption never receives the password', async () => {
    const anonymous = server;
    server = await startMailServer({ password: 'secret' });
    await anonymous.close();
    await expect(smtp({ url: server.url.replace('//', '//user:secret@'), from }).send(messageTo(olga))).resolves.toBeUndefined();
    // This machine, by an address that is not recognized as loopback.
    const elsewhere = server.url.replace('//127.0.0.1', '//user:secret@[::ffff:127.0.0.1]');
    const error: unknown = await smtp({ url: elsewhere, from })
      .send(messageTo(olga))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TryAgain);
    expect((error as Error).message).toMatch(/STARTTLS/);
    expect([server.logins, server.mails.length]).toEqual([1, 1]);
  });
});
