import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { orRefusal } from './activities.ts';

/** As Temporal passes an activity's failure to a workflow. */
const failed = (cause: Error) => Promise.reject(new ActivityFailure('activity failed', 'grantAccess', '1', 'NON_RETRYABLE_FAILURE', 'worker', cause));

test('the result of an activity is passed on', async () => {
  expect(await orRefusal(Promise.resolve(7))).toEqual({ done: 7 });
});

test('a refusal has the failure type that the activities’ contract names', async () => {
  const refused = await orRefusal(failed(ApplicationFailure.nonRetryable('released by wave-1 already', 'AlreadyReleased')));
  expect(refused).toEqual({ refusal: 'released by wave-1 already', type: 'AlreadyReleased', timedOut: false });
  if ('done' in refused) throw new Error('it was refused');
  expect(refused.type === 'AlreadyReleased').toBe(true);
  // @ts-expect-error A misspelt type does not compile.
  expect(refused.type === 'AlreadyRelaesed').toBe(false);
});

test('a timeout is marked as one, and has no failure type', async () => {
  expect(await orRefusal(failed(new TimeoutFailure('activity timed out', undefined, 'SCHEDULE_TO_CLOSE')))).toMatchObject({ type: undefined, timedOut: true });
});

test('a failure without a type is a refusal without a type', async () => {
  expect(await orRefusal(failed(new ApplicationFailure('odd', null, true)))).toEqual({ refusal: 'odd', type: undefined, timedOut: false });
});

test('a cancellation and a mistake in the workflow itself are thrown again', async () => {
  const cancelled = new CancelledFailure('cancelled');
  await expect(orRefusal(Promise.reject(cancelled))).rejects.toBe(cancelled);
  await expect(orRefusal(failed(cancelled))).rejects.toBeInstanceOf(ActivityFailure);
  const mistake = new TypeError('undefined is not a function');
  await expect(orRefusal(Promise.reject(mistake))).rejects.toBe(mistake);
});
