import { describe, expect, test } from 'vitest';
import { openChannels } from './open.ts';
import { hasChannels, noticeSettings } from './settings.ts';

const base64 = Buffer.alloc(32, 7).toString('base64');
const all = {
  NOTICE_WEBHOOK_URL: 'https://hooks.example.com/rolewave?team=erp',
  NOTICE_WEBHOOK_SECRET: `whsec_${base64}`,
  SMTP_URL: 'smtps://user:p%40ss@mail.example.com:465',
  NOTICE_FROM: 'Rolewave <rolewave@example.com>',
  NOTICE_TERMINAL: '1',
  ROLEWAVE_PUBLIC_URL: 'https://rolewave.example.com/',
  TEMPORAL_UI_URL: 'https://temporal.example.com/ui/',
};

test('without variables there are no channels; an empty variable counts as not set', () => {
  expect(noticeSettings({}, 'default')).toEqual({ links: {} });
  const empty = noticeSettings(Object.fromEntries(Object.keys(all).map((name) => [name, ''])), 'default');
  expect(empty).toEqual({ links: {} });
  expect(hasChannels(empty)).toBe(false);
  expect(openChannels(empty)).toEqual([]);
});

test('pages on this machine need no https', () => {
  for (const url of ['http://127.0.0.1:8088', 'http://localhost:8088/', 'http://[::1]:8088'])
    expect(noticeSettings({ ROLEWAVE_PUBLIC_URL: url }, 'default').links).toEqual({ pages: url.replace(/\/$/, '') });
});

test('all of them together', () => {
  const settings = noticeSettings(all, 'production');
  expect(settings).toEqual({
    webhook: { url: 'https://hooks.example.com/rolewave?team=erp', key: Buffer.alloc(32, 7) },
    smtp: { url: 'smtps://user:p%40ss@mail.example.com:465', from: 'Rolewave <rolewave@example.com>' },
    terminal: 1,
    links: { pages: 'https://rolewave.example.com', temporalUi: { url: 'https://temporal.example.com/ui', namespace: 'production' } },
  });
  expect(openChannels(settings).map(({ name }) => name)).toEqual(['webhook', 'smtp', 'terminal']);
});

test('a secret may be any text that is long enough', () => {
  expect(noticeSettings({ ...all, NOTICE_WEBHOOK_SECRET: 'correct horse battery staple' }, 'default').webhook?.key).toEqual(
    Buffer.from('correct horse battery staple'),
  );
});

describe('a mistake is one sentence that names the variable', () => {
  test.each<[Partial<Record<keyof typeof all, string>>, RegExp]>([
    [{ NOTICE_WEBHOOK_URL: 'hooks.example.com' }, /^NOTICE_WEBHOOK_URL is not a web address/],
    [{ NOTICE_WEBHOOK_URL: 'ftp://hooks.example.com' }, /^NOTICE_WEBHOOK_URL is not a web address/],
    [{ NOTICE_WEBHOOK_URL: 'https://user:secret@hooks.example.com' }, /^NOTICE_WEBHOOK_URL contains a user or password/],
    [{ NOTICE_WEBHOOK_SECRET: '' }, /^NOTICE_WEBHOOK_SECRET is not set/],
    [{ NOTICE_WEBHOOK_SECRET: 'twenty-three characters' }, /^NOTICE_WEBHOOK_SECRET is too short/],
    [{ NOTICE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(23).toString('base64')}` }, /^NOTICE_WEBHOOK_SECRET begins with whsec_/],
    [{ NOTICE_WEBHOOK_SECRET: `whsec_ ${base64}` }, /^NOTICE_WEBHOOK_SECRET begins with whsec_/],
    [{ SMTP_URL: 'mail.example.com:25' }, /^SMTP_URL is not the address of a mail server/],
    [{ SMTP_URL: 'https://mail.example.com' }, /^SMTP_URL is not the address of a mail server/],
    [{ NOTICE_FROM: '' }, /^NOTICE_FROM is not set/],
    [{ NOTICE_FROM: 'Rolewave' }, /^NOTICE_FROM is 'Rolewave'/],
    [{ NOTICE_FROM: 'a@example.com\r\nBcc: b@example.com' }, /^NOTICE_FROM is/],
    [{ NOTICE_TERMINAL: 'yes' }, /^NOTICE_TERMINAL is 'yes'/],
    [{ ROLEWAVE_PUBLIC_URL: 'rolewave' }, /^ROLEWAVE_PUBLIC_URL is not a web address/],
    [{ ROLEWAVE_PUBLIC_URL: 'http://rolewave.example.com' }, /^ROLEWAVE_PUBLIC_URL is plain http/],
    [{ TEMPORAL_UI_URL: '127.0.0.1:8233' }, /^TEMPORAL_UI_URL is not a web address/],
  ])('%j', (change, says) => {
    expect(() => noticeSettings({ ...all, ...change }, 'default')).toThrow(says);
  });

  test('and never contains a secret', () => {
    for (const change of [{ NOTICE_WEBHOOK_SECRET: 'hunter2' }, { SMTP_URL: 'smtp:user:hunter2@mail' }, { NOTICE_WEBHOOK_URL: 'https://u:hunter2@h' }]) {
      expect(() => noticeSettings({ ...all, ...change }, 'default')).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
    }
  });
});
