/** A message for tests of channels. */
import type { Notice } from '../../domain/notices/request.ts';
import { noticeWords } from '../../domain/notices/notice-words.ts';
import type { NoticeMessage, NoticeRecipient } from '../../channels/channel.ts';

export const olga: NoticeRecipient = { id: 'olga', name: 'Olga Nowak', email: 'olga@example.com' };

export function messageTo(recipient: NoticeRecipient | undefined, change: Partial<Notice> = {}): NoticeMessage {
  const notice: Notice = {
    id: 'erp/wave-1#notice-1-ab12cd34',
    plan: 'erp',
    wave: 'wave-1',
    package: 'clerks',
    kind: 'signOff',
    level: 'first',
    to: ['olga'],
    openedAtMs: Date.parse('2027-03-01T08:00:00Z'),
    byMs: Date.parse('2027-03-02T18:00:00Z'),
    text: 'Clerks waits for your sign-off before its go-live on 2027-03-02 18:00 UTC.',
    command: 'rolewave sign-off erp/wave-1/clerks',
    ...change,
  };
  const people = [olga].map(({ id, name = id }) => ({ id, name, team: 'finance', accounts: {} }));
  const words = noticeWords(notice, { people, packages: [] }, recipient?.id, { api: 'https://rolewave.example.com' });
  return { notice, words, notified: notice.to.map((id) => (id === olga.id ? olga : { id })), ...(recipient ? { recipient } : {}) };
}
