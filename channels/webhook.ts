/**
 * Posts notices as JSON to one address, signed as Standard Webhooks (standardwebhooks.com) defines it: HMAC-SHA256 over id, timestamp and body, so
 * that a receiver can verify with a standard library who sent it, and that it is neither altered nor old.
 */
import { createHash, createHmac } from 'node:crypto';
import { addressOf } from '../domain/address.ts';
import { connectionFailure } from '../domain/connection-failure.ts';
import { oneLine, withoutLinks } from '../domain/free-text.ts';
import { TryAgain, Undeliverable, type Channel, type NoticeMessage } from './channel.ts';
import { noticeWords } from './notice-words.ts';

/** The temporary 4xx statuses: a timeout of the receiver, too early, too many. */
const later = [408, 425, 429];

/** `withinMs`: a receiver that hangs for longer is retried later. */
export function webhook({ url, key }: { url: string; key: Uint8Array }, withinMs: number = 10_000): Channel {
  return {
    name: 'webhook',
    recipients: () => [''],
    send: async (message) => {
      const body = bodyOf(message);
      const response = await post(url, signedHeaders(message.notice.id, body, key), body, withinMs);
      // Only the status counts; the body is not read.
      await response.body?.cancel().catch(() => undefined);
      judge(response);
    },
  };
}

/** The value of `webhook-signature` for a body that is sent at this time (seconds since 1970). */
export function signatureOf(id: string, seconds: number, body: string, key: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

function signedHeaders(notice: string, body: string, key: Uint8Array): Record<string, string> {
  // The same for every attempt, so that a receiver can recognize a duplicate. A notice's own id has characters that not every receiver accepts.
  const id = `notice_${createHash('sha256').update(notice).digest('hex').slice(0, 32)}`;
  const seconds = Math.floor(Date.now() / 1_000);
  return {
    'content-type': 'application/json',
    'user-agent': 'Rolewave',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureOf(id, seconds, body, key),
  };
}

/** `type` says why it is sent now; times are plan time. The receiver makes its own button or command from `action`. */
function bodyOf(message: NoticeMessage): string {
  const { notice, notified } = message;
  const words = noticeWords(message);
  const { id, kind, level, openedAtMs, byMs, action } = notice;
  return JSON.stringify({
    type: `notice.${level}`,
    timestamp: new Date(openedAtMs).toISOString(),
    data: {
      id,
      ...addressOf(notice),
      kind,
      level,
      to: notified.map(({ id: person, name }) => ({ id: person, ...(name === undefined ? {} : { name: withoutLinks(oneLine(name)) }) })),
      ...(byMs === undefined ? {} : { by: new Date(byMs).toISOString() }),
      subject: words.subject,
      text: words.about,
      why: words.why,
      action,
      ...(words.answers.length > 0 ? { answers: words.answers } : {}),
      ...(words.link === undefined ? {} : { link: words.link }),
    },
  });
}

async function post(url: string, headers: Record<string, string>, body: string, withinMs: number): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
  } catch (error) {
    // Without the error itself, which repeats parts of NOTICE_WEBHOOK_URL: what a delivery says is recorded.
    if (error instanceof Error && error.name === 'TimeoutError') throw new TryAgain(`the webhook did not answer within ${withinMs / 1_000} seconds`);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new TryAgain(`the webhook cannot be reached: ${connectionFailure(cause, true)?.words ?? 'no answer'}`);
  }
}

function judge({ status, headers }: Response): void {
  if (status >= 200 && status < 300) return;
  const answered = `the webhook answered ${status}`;
  if (status >= 300 && status < 400) throw new Undeliverable(`${answered}, a redirect, which is not followed: set NOTICE_WEBHOOK_URL to the final address`);
  if (status === 410) throw new Undeliverable(`${answered}: the address is gone for good; set NOTICE_WEBHOOK_URL to the new one`);
  if (status < 500 && !later.includes(status))
    throw new Undeliverable(`${answered}: fix NOTICE_WEBHOOK_URL, NOTICE_WEBHOOK_SECRET or the receiver, and send the notice again`);
  throw new TryAgain(answered, { afterMs: retryAfterMs(headers.get('retry-after')) });
}

/** In seconds, or as a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
