import { expect, test } from 'vitest';
import { WorkflowWatch, type Connected } from './failing-workflows.ts';

/** A namespace of a server: which workflows run, at which attempt of their task, and which the server marks. */
function server(names: string[], { knowsMarks = true, partsOf = 100 } = {}) {
  const attempts = new Map<string, number>();
  const marked = new Set<string>();
  const silent = new Set<string>();
  const described: string[] = [];
  const connection: Connected = {
    workflowService: {
      listWorkflowExecutions: async ({ query, nextPageToken }) => {
        if (query.includes('TemporalReportedProblems')) {
          if (!knowsMarks) throw Object.assign(new Error('no such attribute'), { code: 3 });
          return { executions: [...marked].map((workflowId) => ({ execution: { workflowId } })) };
        }
        const from = Number(Buffer.from(nextPageToken ?? []).toString() || 0);
        const executions = names.slice(from, from + partsOf).map((workflowId) => ({ execution: { workflowId } }));
        return { executions, nextPageToken: Buffer.from(from + partsOf < names.length ? String(from + partsOf) : '') };
      },
      describeWorkflowExecution: async ({ execution: { workflowId } }) => {
        described.push(String(workflowId));
        if (silent.has(String(workflowId))) throw Object.assign(new Error('late'), { code: 4 });
        return { pendingWorkflowTask: { attempt: attempts.get(String(workflowId)) ?? 0 } };
      },
    },
    withDeadline: (_deadline, work) => work(),
  };
  return { watch: new WorkflowWatch(connection, 'default'), attempts, marked, silent, described };
}

test.each([{ knowsMarks: true }, { knowsMarks: false }])(
  'a task that fails is named until the workflow goes on, whatever the server marks: %o',
  async ({ knowsMarks }) => {
    const { watch, attempts, marked } = server(['p/stuck', 'p/well'], { knowsMarks });
    attempts.set('p/stuck', 10);
    marked.add('p/stuck');
    expect(await watch.look()).toEqual([{ workflowId: 'p/stuck', attempts: 10 }]);
    marked.clear();
    expect(await watch.look()).toEqual([{ workflowId: 'p/stuck', attempts: 10 }]);
    attempts.delete('p/stuck');
    expect(await watch.look()).toEqual([]);
  },
);

test('what is not marked is found with the parts of a large namespace, at once where somebody had no answer of it, and by a look at all of it', async () => {
  const names = Array.from({ length: 450 }, (_, at) => `p/w${at}`);
  const found = async (look: (watch: WorkflowWatch) => Promise<unknown>) => {
    const { watch, attempts, described } = server(names);
    attempts.set('p/w420', 4);
    const answers = await look(watch);
    return [answers, described.length];
  };
  const named = [{ workflowId: 'p/w420', attempts: 4 }];
  expect(await found((watch) => watch.look())).toEqual([[], 100]);
  expect(
    await found(async (watch) => {
      for (let part = 0; part < 4; part += 1) await watch.look();
      return watch.look();
    }),
  ).toEqual([named, 450]);
  expect(
    await found((watch) => {
      watch.suspect('p/w420');
      return watch.look();
    }),
  ).toEqual([named, 101]);
  expect(await found((watch) => watch.lookThrough(60_000))).toEqual([{ failing: named, all: true }, 450]);
  expect(await found((watch) => watch.lookThrough(-1))).toEqual([{ failing: [], all: false }, 100]);
});

test('a server that does not say in time hides nothing of what is known', async () => {
  const { watch, attempts, silent } = server(['p/stuck']);
  attempts.set('p/stuck', 3);
  await watch.look();
  silent.add('p/stuck');
  expect(await watch.look()).toEqual([{ workflowId: 'p/stuck', attempts: 3 }]);
});
