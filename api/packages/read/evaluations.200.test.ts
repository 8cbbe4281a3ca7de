/** A recorded evaluation never changes: not when the rules change, not for any reader, and not when the workflow is reset to before it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageWorkflowId } from '../../../domain/messages.ts';
import type { EvaluationView } from '../../../domain/views/evaluation.ts';
import { currentRules, rulesVersion, type Rules } from '../../../domain/watch/verdict.ts';
import { planText, startEndpoint, until, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
const post = (by: string, segment: string, body: unknown) => api.send(by, 'POST', `${clerk}/${segment}`, body);
const inFull = () => api.send('ann', 'GET', clerk);
const evaluations = async (count: number): Promise<EvaluationView[]> =>
  (await until(inFull, ({ body }) => body['evaluations']?.length >= count)).body['evaluations'] as EvaluationView[];
const lastVerdict = async () => (await inFull()).body['running']?.lastVerdict as { kind: string; why: string; evaluation: number } | undefined;

/** Later rules, by which everything is healthy. */
const later: Rules = { ...currentRules, version: rulesVersion + 1, judge: () => ({ kind: 'healthy', why: 'by rules of later on', metrics: [] }) };

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  // A plan day is an hour, so only requested evaluations run.
  const waves = [{ goLive: '2026-04-06T00:01:00Z', window: '30d', packages: [{ package: 'clerk' }] }];
  await api.send('ines', 'POST', '/v1/plans', planText({ clock: { epoch: '2026-04-06', day: '3600s' }, waves }));
  const { body } = await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    (seen) => seen.body.packages?.[0]?.previewDigest !== undefined,
  );
  for (const { item, ok } of body.packages[0].checklist)
    if (!ok) await post('olga', 'evidence', { item, reference: `seen by olga: ${item}`, expires: '2026-12-31' });
  await post('olga', 'sign-offs', { decision: 'approve', current: true });
  await until(inFull, (seen) => seen.body.running?.grants.legacyRetired === 1);
});
afterAll(() => api.close());

test('an evaluation is returned with its range, its verdict, the numbers of each metric and the version of the rules', async () => {
  expect((await post('ines', 'evaluate', {})).body).toMatchObject({ status: 'accepted' });
  const [first] = await evaluations(1);
  expect(first).toMatchObject({
    number: 1,
    purpose: 'on-demand',
    verdict: { kind: 'healthy', metrics: expect.arrayContaining([expect.objectContaining({ metric: 'exceptions', verdict: 'healthy', value: 1 })]) },
    rules: rulesVersion,
  });
  const { fromMs, toMs } = first!.measurements.find(({ metric }) => metric === 'exceptions')!;
  expect([fromMs, toMs]).toEqual([Math.round(first!.dueMs), Math.round(first!.dueMs)]);
});

test('changed rules judge later evaluations; earlier ones are returned as they were judged', async () => {
  const before = await evaluations(1);
  await api.startWorker({ rules: later });
  expect((await post('ines', 'evaluate', {})).body).toMatchObject({ status: 'accepted' });
  const [first, second] = await evaluations(2);
  expect(first).toEqual(before[0]);
  expect(second).toMatchObject({ number: 2, verdict: { kind: 'healthy', why: 'by rules of later on', metrics: [] }, rules: rulesVersion + 1 });
});

test('a package that is reset to before its first evaluation continues with the recorded verdicts', async () => {
  const before = await evaluations(2);
  const workflowId = packageWorkflowId('test', 'wave-1', 'clerk');
  const { events } = await api.client.workflow.getHandle(workflowId).fetchHistory();
  const asked = events?.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'evaluate') ?? -1;
  const reset = events?.slice(0, asked).findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await api.client.workflow.getHandle(workflowId).describe();
  await api.client.workflowService.resetWorkflowExecution({
    namespace: api.config.temporal.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: 'reset-1',
    workflowTaskFinishEventId: reset!.eventId!,
  });
  await until(
    () => api.client.workflow.getHandle(workflowId).describe(),
    (now) => now.runId !== runId,
  );
  // The current rules would judge it differently.
  const verdict = await until(lastVerdict, (seen) => seen !== undefined);
  const then = before[verdict!.evaluation - 1];
  expect(verdict).toMatchObject({ kind: then!.verdict.kind, why: then!.verdict.why });
  expect(await evaluations(2)).toEqual(before);
});
