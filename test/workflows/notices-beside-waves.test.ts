/** Notices are tasks of their own queue: a wave is decided however many of them wait. */
import { expect, test } from 'vitest';
import { workflowTypes } from '../../domain/messages.ts';
import { noticeRun } from '../../domain/notices/notice-run.ts';
import { notice } from '../support/notices.ts';
import { worlds } from './world.ts';

const { inWorld } = worlds();

test(
  'while the notices of a hundred requests wait, the worker of waves decides a message, and has run none of them',
  inWorld(async (world) => {
    await world.apply(world.plan());
    const made = Array.from({ length: 100 }, (_, index) => notice({ id: `test/wave-1#many-${index}`, plan: 'test', to: ['olga'] }));
    const handles = await Promise.all(made.map((each) => world.client.workflow.start(workflowTypes.notice, noticeRun(world.site, each))));
    await world.makeReady('package-1');
    expect((await world.wave()).packages[0]?.signOffs).toHaveLength(1);
    const begun = await Promise.all(
      handles.map(async (handle) => ((await handle.fetchHistory()).events ?? []).some((event) => event.workflowTaskStartedEventAttributes)),
    );
    expect(begun.filter(Boolean)).toEqual([]);
    // Nothing polls their queue in this world.
    await Promise.all(handles.map((handle) => handle.terminate()));
  }),
);
