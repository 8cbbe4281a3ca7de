import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../provision/free-port.ts';
import { TryAgain, Undeliverable } from './channel.ts';
import { messageTo } from '../test/support/notices.ts';
import { startHookReceiver, webhookSecret, type HookAnswer, type HookReceiver } from '../test/support/receivers.ts';
import { signatureOf, webhook } from './webhook.ts';

const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
let receiver: HookReceiver;
beforeEach(async () => {
  receiver = await startHookReceiver();
});
afterEach(() => receiver.close());

const send = () => webhook({ url: receiver.url, key }).send(messageTo(undefined));
const failure = async (answer: HookAnswer): Promise<unknown> => {
  receiver.answer = answer;
  return send().catch((error: unknown) => error);
};

test("the signature is that of Standard Webhooks' own example", () => {
  expect(signatureOf('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}', key)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('posts who, by when, about what, the link and the action that answers it, as signed JSON', async () => {
  await send();
  const [heard] = receiver.heard;
  expect(heard).toMatchObject({ signed: true, contentType: 'application/json' });
  expect(Math.abs(Number(heard!.timestamp) * 1_000 - Date.now())).toBeLessThan(60_000);
  expect(heard!.body).toEqual({
    type: 'notice.first',
    timestamp: '2027-03-01T08:00:00.000Z',
    data: {
      id: 'erp/wave-1#notice-1-ab12cd34',
      plan: 'erp',
      wave: 'wave-1',
      package: 'clerks',
      kind: 'signOff',
      level: 'first',
      to: [{ id: 'olga', name: 'Olga Nowak' }],
      by: '2027-03-02T18:00:00.000Z',
      subject: 'Sign-off needed: erp/wave-1/clerks (by 2027-03-02 18:00 UTC)',
      text: 'Clerks waits for your sign-off before its go-live on 2027-03-02 18:00 UTC.',
      why: 'Olga Nowak is asked.',
      action: {
        type: 'signOff',
        target: { plan: 'erp', wave: 'wave-1', package: 'clerks' },
        fields: { planDigest: 'the-plan', previewDigest: 'the-preview', supply: ['decision'] },
      },
      link: 'https://rolewave.example.com/requests/erp/wave-1/clerks',
    },
  });
});

test('posts, for a proposal, each answer with its command and who may give it', async () => {
  const target = { plan: 'erp', wave: 'wave-1', package: 'clerks' };
  const fields = { proposal: 'rollback-1', kind: 'rollback' as const, answers: [{ answer: 'approve' as const, by: ['olga'] }], supply: ['answer' as const] };
  await webhook({ url: receiver.url, key }).send(messageTo(undefined, { kind: 'rollback', action: { type: 'decide', target, fields } }));
  expect(receiver.heard.at(-1)?.body?.data['answers']).toEqual([
    {
      answer: 'approve',
      meaning: 'roll back as soon as the dependency check is clear',
      command: 'rolewave decide erp/wave-1/clerks approve --reason "…"',
      by: ['olga'],
    },
  ]);
});

test('a second attempt has the same id, so that the receiver can recognize it; another notice has another', async () => {
  await send();
  await send();
  await webhook({ url: receiver.url, key }).send(messageTo(undefined, { id: 'erp/wave-1#notice-2-00000000' }));
  const [first, second, other] = receiver.heard.map(({ id }) => id);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
  expect(first).toMatch(/^notice_[0-9a-f]{32}$/);
});

test('the check in docs/operating.md accepts it, and refuses a request that was altered, is old or was not signed with the secret', async () => {
  await send();
  const { raw, headers } = receiver.heard[0]!;
  const page = await readFile(new URL('../docs/operating.md', import.meta.url), 'utf8');
  const [, code] = /```js\n([^]*?)```/.exec(page)!;
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- this tests the page's own code
  const isFromRolewave = new Function('require', `${code}; return isFromRolewave;`)(createRequire(import.meta.url)) as (
    headers: object,
    body: string,
    secret: string,
  ) => boolean;
  expect(isFromRolewave(headers, raw, webhookSecret)).toBe(true);
  expect(isFromRolewave(headers, raw.replace('olga', 'eve'), webhookSecret)).toBe(false);
  expect(isFromRolewave(headers, raw, `whsec_${Buffer.alloc(24).toString('base64')}`)).toBe(false);
  const old = Math.floor(Date.now() / 1_000) - 600;
  const oldSignature = signatureOf(String(headers['webhook-id']), old, raw, key);
  expect(isFromRolewave({ ...headers, 'webhook-timestamp': String(old), 'webhook-signature': oldSignature }, raw, webhookSecret)).toBe(false);
});

describe('what the receiver answers', () => {
  test.each([200, 201, 204, 299])('%i: it is delivered', async (status) => {
    expect(await failure(status)).toBeUndefined();
  });

  test.each([300, 301, 307, 400, 401, 403, 404, 410, 422])('%i: fails for good', async (status) => {
    expect(await failure(status)).toBeInstanceOf(Undeliverable);
  });

  test.each([408, 425, 429, 500, 502, 503, 504])('%i: is retried', async (status) => {
    expect(await failure(status)).toBeInstanceOf(TryAgain);
  });

  test('a redirect is not followed', async () => {
    const elsewhere = await startHookReceiver();
    expect(await failure({ status: 308, headers: { location: elsewhere.url } })).toBeInstanceOf(Undeliverable);
    expect(elsewhere.heard).toEqual([]);
    await elsewhere.close();
  });

  test.each([
    ['120', 120_000],
    ['soon', undefined],
    ['-5', undefined],
    ['Mon, 01 Jan 2001 00:00:00 GMT', undefined],
  ])('Retry-After: %s', async (header, afterMs) => {
    expect(await failure({ status: 503, headers: { 'retry-after': header } })).toMatchObject({ afterMs });
  });

  test('Retry-After as a date', async () => {
    const { afterMs } = (await failure({ status: 429, headers: { 'retry-after': new Date(Date.now() + 90_000).toUTCString() } })) as TryAgain;
    expect(afterMs).toBeGreaterThan(60_000);
    expect(afterMs).toBeLessThanOrEqual(90_000);
  });
});

test('a receiver that hangs is abandoned after the time limit, and retried', async () => {
  receiver.answer = 'hang';
  await expect(webhook({ url: receiver.url, key }, 100).send(messageTo(undefined))).rejects.toEqual(
    new TryAgain('the webhook did not answer within 0.1 seconds'),
  );
});

test('an unreachable receiver is retried, and its secret address is not repeated', async () => {
  const url = `http://127.0.0.1:${await freePort()}/hooks/T0KEN`;
  const error = await webhook({ url, key })
    .send(messageTo(undefined))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TryAgain);
  expect((error as Error).message).toMatch(/^the webhook cannot be reached: nothing listens at its address$/);
  expect((error as Error).message).not.toContain('T0KEN');
});
