/** Checks the channels of notices: whether the settings are complete, and whether a server listens. Sends nothing, and reveals no password. */
import { hasChannels, noticeSettings, type NoticeSettings } from '../channels/settings.ts';
import type { Site } from '../domain/site/schema.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';
import { reached } from './reached.ts';

const about = 'notices';

/** `site`: the site file, where there is one here. */
export async function checkChannels(env: Record<string, string | undefined>, site: Pick<Site, 'mail'> | undefined, withinMs: number): Promise<Line[]> {
  let settings: NoticeSettings;
  try {
    settings = noticeSettings(env, 'default');
  } catch (error) {
    return [wrong(about, words(error), 'without it the worker does not start')];
  }
  const { webhook, smtp } = settings;
  const alone = [
    ...(!webhook && env['NOTICE_WEBHOOK_SECRET']
      ? [warning(about, 'NOTICE_WEBHOOK_SECRET is set, and NOTICE_WEBHOOK_URL is not', 'set the address as well, or remove the secret')]
      : []),
    ...(!smtp && env['NOTICE_FROM'] ? [warning(about, 'NOTICE_FROM is set, and SMTP_URL is not', 'set the mail server as well, or remove the sender')] : []),
  ];
  if (!hasChannels(settings))
    return [
      ...alone,
      notChecked(
        about,
        'no channel is set here, so notices appear in Rolewave only',
        'set NOTICE_WEBHOOK_URL or SMTP_URL for the worker, and run the doctor with its environment',
      ),
    ];
  return [
    ...alone,
    ...(webhook ? [await listening('webhook', new URL(webhook.url), withinMs)] : []),
    ...(smtp ? [await listening('mail server', new URL(smtp.url), withinMs)] : []),
    ...(smtp && site && !site.mail
      ? [
          warning(
            about,
            'the site file names no domains for mail, so nobody gets any: notices by mail are failed deliveries',
            'name them under mail.domains of the site file, such as mail: { domains: [example.com] }, then send what failed again: rolewave notices --resend-all',
          ),
        ]
      : []),
  ];
}

const usualPorts: Record<string, number> = { 'http:': 80, 'https:': 443, 'smtp:': 587, 'smtps:': 465 };

async function listening(what: string, url: URL, withinMs: number): Promise<Line> {
  const port = url.port === '' ? (usualPorts[url.protocol] ?? 0) : Number(url.port);
  const where = `${url.hostname}:${port}`;
  const isMail = url.protocol.startsWith('smtp');
  try {
    const greeting = await reached({ host: url.hostname.replace(/^\[|\]$/g, ''), port, tls: /^(https|smtps):$/.test(url.protocol), listen: isMail, withinMs });
    if (isMail && !greeting.startsWith('220')) return wrong(about, `${where} answers, but not as a mail server`, 'fix SMTP_URL');
    return ok(about, `the ${what} at ${where} answers`);
  } catch (error) {
    return wrong(
      about,
      `the ${what} at ${where} cannot be reached: ${words(error)}`,
      `fix ${isMail ? 'SMTP_URL' : 'NOTICE_WEBHOOK_URL'}, or start it; Rolewave retries notices and then keeps them (rolewave notices)`,
    );
  }
}
