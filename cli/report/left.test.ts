import { expect, test } from 'vitest';
import { requestView } from '../../test/support/notices.ts';
import { parsedSmallPlan } from '../../test/support/small-plan.ts';
import type { RequestView } from '../../domain/views/request.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { plannedPackage, runningPackage, waveOf } from '../../test/support/views.ts';
import type { ReportData } from './data.ts';
import { reportPage } from './page.ts';

const atMs = Date.parse('2026-04-22T08:00:00Z');
const plan = parsedSmallPlan();
const page = (running: Parameters<typeof runningPackage>[0], wave: Partial<WaveView> = {}): string => {
  const planned = plannedPackage({ releasedAtMs: 1, blockers: [] });
  const data: ReportData = {
    wave: waveOf([planned], { stage: 'watching', ...wave }),
    packages: [{ planned, running: runningPackage(running), evaluations: [], ledger: {} }],
    plan,
    events: [],
    eventsCut: false,
    together: [],
    writtenAtMs: atMs,
  };
  const text = reportPage(data)
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  return text.slice(text.indexOf(' Still open Still open'), text.lastIndexOf('Review'));
};
const request = (over: Partial<RequestView> = {}): RequestView =>
  requestView({
    kind: 'rollback',
    package: undefined,
    to: ['ana', 'somebody'],
    sinceMs: atMs,
    byMs: atMs,
    text: 'a rollback waits for your answer',
    action: {
      type: 'decide',
      target: { plan: 'small', wave: 'first', package: 'closing' },
      fields: {
        proposal: 'rollback-1',
        kind: 'rollback',
        answers: [
          { answer: 'approve', by: ['ana'] },
          { answer: 'freeze', by: ['ana', 'eva'] },
          { answer: 'decline', by: ['ana', 'eva'] },
        ],
        supply: ['answer', 'reason'],
      },
    },
    ...over,
  });
const proposal = { id: 'rollback-1', kind: 'rollback' as const, why: 'exceptions grow', proposedAtMs: atMs };

test('lists who is asked for what, by when and how they answer, for the wave and its packages', () => {
  const text = page(
    { proposal, requests: [request()] },
    { requests: [request({ package: 'closing', kind: 'signOff', text: 'sign it off', byMs: undefined as never })] },
  );
  expect(text).toContain('Open requests');
  expect(text).toMatch(
    /Finance Month-End Operator\s+Ana Lima ana , somebody\s+a rollback waits for your answer\s+2026-04-22 08:00 UTC\s+rolewave decide small\/first\/closing/,
  );
  expect(text).toContain('sign it off');
});

test('an expired risk acceptance, or a date that a wave waits for, is listed as open even if nothing is proposed', () => {
  const asked = { requests: [request({ kind: 'riskExpiry', text: 'its risk is no longer accepted' })] };
  expect(page(asked)).toMatch(/Finance Month-End Operator\s+Request\s+its risk is no longer accepted/);
  expect(page({}, { requests: [request({ kind: 'date', text: 'no date yet' })] })).toMatch(/first\s+Request\s+no date yet/);
  expect(page({ proposal, requests: [request()] })).not.toMatch(/\sRequest\s+a rollback/);
});

test.each([
  ['frozen until a date', { frozen: true, untilMs: atMs }, ', frozen until 2026-04-22 08:00 UTC'],
  ['deferred by a blackout', { blackout: { id: 'close', untilMs: atMs } }, ', deferred by blackout close until 2026-04-22 08:00 UTC'],
  ['approved by one of two', { approvedBy: ['ana'], approvals: 2 as const }, ', approved by ana, a second approval is needed'],
])('a proposal that is %s says so', (_name, over, says) => {
  expect(page({ proposal: { ...proposal, ...over } })).toContain(says);
});

test('text in a request cannot become markup', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const data = page({ proposal, requests: [request({ to: [evil], text: evil, action: { type: 'show', target: { plan: evil, wave: evil }, fields: {} } })] });
  expect(data).not.toContain('<img');
  expect(data).toContain('&lt;img src=x onerror=alert(1)&gt;');
});
