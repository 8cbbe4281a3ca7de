/** Sends each recipient a mail through the configured mail server. */
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { connectionFailure, type ConnectionFailure } from '../domain/connection-failure.ts';
import { oneLine, withoutLinks } from '../domain/free-text.ts';
import { TryAgain, Undeliverable, type Channel, type NoticeMessage } from './channel.ts';
import { noticeWords } from './notice-words.ts';

/** The limit for a whole delivery, even if the server keeps answering. */
const allWithinMs = 30_000;
const mostOfName = 100;

/** `answerWithinMs`: for connecting and the server's greeting together, and then for every answer. */
export function smtp({ url, from }: { url: string; from: string }, answerWithinMs: number = 10_000): Channel {
  const transport = createTransport(
    {
      url,
      requireTLS: passwordTravels(url),
      connectionTimeout: answerWithinMs,
      greetingTimeout: answerWithinMs,
      socketTimeout: answerWithinMs,
      dnsTimeout: answerWithinMs,
      // A notice is text; it must not make the mail client read a file or an address.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  return {
    name: 'smtp',
    recipients: ({ to }) => [...new Set(to)],
    send: async (message) => {
      const { address, name } = mailboxOf(message);
      const words = noticeWords(message);
      const mail = {
        to: { address, name },
        subject: words.subject,
        text: `${words.body}\n`,
        messageId: messageIdOf(message, from),
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(allWithinMs),
      };
      await transport.sendMail(mail).catch((error: unknown) => {
        throw judged(error, address, url, answerWithinMs);
      });
    },
  };
}

function mailboxOf({ notice, recipient }: NoticeMessage): { address: string; name: string } {
  if (!recipient) throw new Undeliverable('a mail needs a recipient, and this delivery names none');
  if (recipient.name === undefined)
    throw new Undeliverable(`plan '${notice.plan}' no longer has a person '${recipient.id}': name someone else in their place, and apply the plan`);
  if (recipient.leftOut !== undefined)
    throw new Undeliverable(
      `the site does not allow mail to addresses of '${recipient.leftOut}', such as that of '${recipient.id}': add the domain under mail.domains of the site file, or change people[].email and apply the plan, and send the notice again`,
    );
  if (recipient.email === undefined)
    throw new Undeliverable(
      `'${recipient.id}' has no e-mail address in plan '${notice.plan}': add it under people[].email, apply the plan, and send the notice again`,
    );
  return { address: recipient.email, name: inHeader(withoutLinks(oneLine(recipient.name))) };
}

/** Encoded, four kilobytes of name are twelve, and servers refuse such headers. */
function inHeader(name: string): string {
  const characters = [...name];
  return characters.length > mostOfName ? `${characters.slice(0, mostOfName - 1).join('')}…` : name;
}

/** The same for every attempt, so that mail programs recognize a duplicate. It contains no names. */
function messageIdOf({ notice, recipient }: NoticeMessage, from: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([notice.id, recipient?.id ?? '']))
    .digest('hex')
    .slice(0, 40);
  const host = /@([^\s<>]+?)>?$/.exec(from)?.[1] ?? 'rolewave';
  return `<${digest}@${host}>`;
}

/** An attacker on the network who suppresses encryption must not see the password. */
function passwordTravels(url: string): boolean {
  const { protocol, username, hostname } = new URL(url);
  return protocol === 'smtp:' && username !== '' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** An error of nodemailer: `responseCode` and `command` where a server answered, `timeoutType` where nodemailer stopped waiting. */
interface MailFailure extends Error {
  command?: string;
  responseCode?: number;
  timeoutType?: string;
}

/** Only a permanent refusal of this recipient or this message is final; anything that a fix of the server or the settings can change is retried. */
function judged(error: unknown, address: string, url: string, answerWithinMs: number): Error {
  const { message, command, responseCode, timeoutType } = error as MailFailure;
  // The server's text ends up in Temporal's history, which must not contain addresses.
  const said = withoutParts(url, message.replaceAll(address, 'the address')).replace(/\s+/g, ' ').slice(0, 300);
  const definite = responseCode !== undefined && responseCode >= 500 && responseCode !== 503;
  if (definite && command === 'RCPT TO') return new Undeliverable(`the mail server refuses the recipient: ${said}`);
  if (definite && command === 'DATA') return new Undeliverable(`the mail server refuses the message: ${said}`);
  if (error instanceof Error && error.name === 'AbortError') return new TryAgain(`the mail server did not accept it within ${allWithinMs / 1_000} seconds`);
  // nodemailer's timers for connecting, the greeting and an idle connection run concurrently: on a busy machine any of them may end the wait.
  if (timeoutType !== undefined) return new TryAgain(`the mail server did not answer within ${answerWithinMs / 1_000} seconds`);
  const failure = responseCode === undefined ? notReached(error, message) : undefined;
  return new TryAgain(failure ? `the mail server cannot be reached: ${failure.words}` : `the mail server did not accept it: ${said}`);
}

/** nodemailer has codes of its own for what happens while connecting, and Node's stands in the message. */
function notReached(error: unknown, message: string): ConnectionFailure | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !/^(ESOCKET|ECONNECTION|EDNS|ETLS|ETIMEDOUT)$/.test(code)) return connectionFailure(error);
  return connectionFailure(Object.assign(new Error(message), { code: /\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? code }), true);
}

/** A mail server repeats the login that it refuses. */
function withoutParts(url: string, text: string): string {
  const { username, password, hostname } = new URL(url);
  const parts = [username, password].flatMap((part) => [part, decoded(part)]).concat(hostname);
  return [...new Set(parts)].filter((part) => part.length > 2).reduce((left, part) => left.replaceAll(part, '***'), text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
