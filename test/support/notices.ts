/**
 * Complete requests for people, and complete notices about them. A test states only what matters to it.
 *
 *   notice()                                   olga is asked to sign off test/wave-1/clerks
 *   notice({ level: 'overdue', to: ['dora'] })
 *   personRequest({ urgent: true })            as the domain makes it
 *   requestView({ kind: 'review' })            as a wave or a package shows it
 *   messageTo(olga, { kind: 'rollback' })      as a channel receives it
 */
import type { NoticeMessage, NoticeRecipient } from '../../channels/channel.ts';
import type { Notice, PersonRequest } from '../../domain/notices/request.ts';
import type { RequestView } from '../../domain/views/request.ts';
import { plan as usual } from './plan.ts';

/** `undefined` omits an optional field. */
type Change<T> = { [K in keyof T]?: T[K] | undefined };

function changed<T extends object>(usual: T, change: Change<T>): T {
  return Object.fromEntries(Object.entries({ ...usual, ...change }).filter(([, value]) => value !== undefined)) as T;
}

/** A request for a sign-off. Every request and notice here is about it, unless the test says otherwise. */
const signOff = ({ plan = 'test', wave = 'wave-1', package: id = 'clerks' }: Change<Notice>) => ({
  kind: 'signOff' as const,
  package: id,
  to: ['olga'],
  text: `${id} waits for your sign-off.`,
  action: {
    type: 'signOff' as const,
    target: { plan, wave, package: id },
    fields: { planDigest: 'the-plan', previewDigest: 'the-preview', supply: ['decision' as const] },
  },
});

export function notice(change: Change<Notice> = {}): Notice {
  const { plan = 'test', wave = 'wave-1' } = change;
  return changed<Notice>({ id: `${plan}/${wave}#notice-1-ab12cd34`, plan, wave, level: 'first', openedAtMs: 1_000, ...signOff(change) }, change);
}

export function personRequest(change: Change<PersonRequest> = {}): PersonRequest {
  const asked = signOff({ package: change.package });
  return changed<PersonRequest>({ key: `signOff:${asked.package}:olga`, delegates: ['dora'], urgent: false, ...asked }, change);
}

export function requestView(change: Change<RequestView> = {}): RequestView {
  return changed<RequestView>({ notice: 'n-1', sinceMs: 1_000, ...signOff({ package: change.package }) }, change);
}

export const olga: NoticeRecipient = { id: 'olga', name: 'Olga Nowak', email: 'olga@example.com' };

/** About the plan `erp`, needed by the evening of 2 March 2027. `recipient`: one notified person, for channels that write to each; undefined for the others. */
export function messageTo(recipient: NoticeRecipient | undefined, change: Change<Notice> = {}): NoticeMessage {
  const sent = notice({
    plan: 'erp',
    openedAtMs: Date.parse('2027-03-01T08:00:00Z'),
    byMs: Date.parse('2027-03-02T18:00:00Z'),
    text: 'Clerks waits for your sign-off before its go-live on 2027-03-02 18:00 UTC.',
    ...change,
  });
  const people = [olga].map(({ id, name = id }) => ({ id, name, team: 'finance', accounts: {} }));
  return {
    notice: sent,
    plan: { ...usual(), people, packages: [], waves: [] },
    links: { pages: 'https://rolewave.example.com' },
    notified: sent.to.map((id) => (id === olga.id ? olga : { id })),
    ...(recipient ? { recipient } : {}),
  };
}
