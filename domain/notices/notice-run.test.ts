/** How the delivery of a notice shows in Temporal. */
import { expect, test } from 'vitest';
import { notice } from '../../test/support/notices.ts';
import { site } from '../../test/support/site.ts';
import { noticeRun } from './notice-run.ts';

const asked = () => notice({ plan: 'small', wave: 'first', package: 'closing', to: ['ana'] });

test('its workflow is named after the notice, and nothing that others can see of it names a person', () => {
  const run = noticeRun(site({ plans: [{ plan: 'sm*' }] }), asked());
  expect(run).toMatchObject({
    workflowId: 'notice/small/first#notice-1-ab12cd34',
    staticSummary: 'sign-off needed: closing',
    taskQueue: 'rolewave.notices',
    priority: { fairnessKey: 'sm*' },
  });
  expect(run.typedSearchAttributes.map(({ key, value }) => [key.name, value])).toEqual([
    ['RolewavePlan', 'small'],
    ['RolewaveWave', 'first'],
    ['RolewavePackage', 'closing'],
  ]);
  expect(JSON.stringify(run)).not.toContain('ana');
  expect(noticeRun(site({ plans: [{ plan: 'sm*' }] }), asked(), 'failed')).toMatchObject({
    workflowId: 'notice/small/first#notice-1-ab12cd34/again',
    args: [{ notice: 'small/first#notice-1-ab12cd34', again: 'failed' }],
  });
});
