/** The channels in the worker's environment, and the links of notices. Throws with one sentence that names the variable and what to do. */
import type { NoticeLinks } from './channel.ts';
import { temporalUiUrl, webAddress, webBase } from '../domain/web-address.ts';

export interface NoticeSettings {
  webhook?: { url: string; key: Uint8Array };
  /** `from`: an address, or a name and an address in angle brackets. */
  smtp?: { url: string; from: string };
  /** The file descriptor that notices are printed on. */
  terminal?: number;
  links: NoticeLinks;
}

type Environment = Record<string, string | undefined>;

/** An empty variable counts as not set. `namespace`: of the Temporal server, for links to its UI. */
export function noticeSettings(env: Environment, namespace: string): NoticeSettings {
  const { NOTICE_WEBHOOK_URL: hook, NOTICE_WEBHOOK_SECRET: secret, SMTP_URL: mail, NOTICE_FROM: from, NOTICE_TERMINAL: terminal } = env;
  return {
    ...(hook ? { webhook: { url: webhookAddress(hook), key: webhookKey(secret) } } : {}),
    ...(mail ? { smtp: { url: smtpAddress(mail), from: sender(from) } } : {}),
    ...(terminal && terminal !== '0' ? { terminal: descriptor(terminal) } : {}),
    links: links(env, namespace),
  };
}

export const hasChannels = ({ webhook, smtp, terminal }: NoticeSettings): boolean => webhook !== undefined || smtp !== undefined || terminal !== undefined;

function webhookAddress(text: string): string {
  const url = webAddress('NOTICE_WEBHOOK_URL', text, 'https://hooks.example.com/rolewave');
  if (url.username !== '' || url.password !== '')
    throw new Error('NOTICE_WEBHOOK_URL contains a user or password, which would appear in logs on the way: remove it; the signature proves the sender');
  return url.href;
}

/** A secret in the form of Standard Webhooks, or any text that is long enough. */
function webhookKey(secret: string | undefined): Uint8Array {
  if (!secret)
    throw new Error(
      'NOTICE_WEBHOOK_SECRET is not set, and NOTICE_WEBHOOK_URL is: notices are signed with it; create one with: echo "whsec_$(openssl rand -base64 32)"',
    );
  if (!secret.startsWith('whsec_')) {
    if (secret.length < 24) throw new Error('NOTICE_WEBHOOK_SECRET is too short: write whsec_ and the base64 of 24 bytes or more, or at least 24 characters');
    return Buffer.from(secret, 'utf8');
  }
  const base64 = secret.slice('whsec_'.length);
  const key = Buffer.from(base64, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || key.length < 24)
    throw new Error(
      'NOTICE_WEBHOOK_SECRET begins with whsec_, but the rest is not the base64 of 24 bytes or more; create one with: echo "whsec_$(openssl rand -base64 32)"',
    );
  return key;
}

function smtpAddress(text: string): string {
  const url = URL.parse(text);
  // The value is not repeated: it may contain a password.
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Error(
      'SMTP_URL is not the address of a mail server: write smtp://host:587 or smtps://user:password@host:465, with special characters in the password percent-encoded',
    );
  return text;
}

function sender(text: string | undefined): string {
  if (!text) throw new Error("NOTICE_FROM is not set, and SMTP_URL is: set it to the sender of notices, such as 'Rolewave <rolewave@example.com>'");
  if (!/^[^\s<>@"]+@[^\s<>@"]+$|^[^<>@\r\n]+<[^\s<>@"]+@[^\s<>@"]+>$/.test(text))
    throw new Error(`NOTICE_FROM is '${text}': write an address, or a name and an address, such as 'Rolewave <rolewave@example.com>'`);
  return text;
}

function descriptor(text: string): number {
  if (!/^[1-9]$/.test(text)) throw new Error(`NOTICE_TERMINAL is '${text}': write 1 to print notices on standard output, or leave it out`);
  return Number(text);
}

function links(env: Environment, namespace: string): NoticeLinks {
  const [api, ui] = [env['ROLEWAVE_PUBLIC_URL'], env['TEMPORAL_UI_URL']];
  return {
    ...(api ? { api: webBase('ROLEWAVE_PUBLIC_URL', api, 'https://rolewave.example.com') } : {}),
    ...(ui ? { temporalUi: { url: temporalUiUrl(ui), namespace } } : {}),
  };
}
