/** While histories are recorded, every workflow run of a test's server is saved to a file when the server shuts down. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { expect } from 'vitest';
import { workflowTypes } from '../../domain/messages.ts';

const { History } = proto.temporal.api.history.v1;
const ours = new Set<string>(Object.values(workflowTypes));

export const keepsHistories = (): boolean => Boolean(process.env['ROLEWAVE_RECORD_HISTORIES']);

/** Does nothing unless ROLEWAVE_RECORD_HISTORIES names a folder (`npm run histories` does). */
export async function keepHistories(client: Client): Promise<void> {
  const folder = process.env['ROLEWAVE_RECORD_HISTORIES'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const { testPath = 'test', currentTestName = '' } = expect.getState();
  const test = [basename(testPath, '.test.ts'), slug(currentTestName).slice(0, 70)].join('.');
  for (const [index, { workflowId, runId }] of (await runsOn(client)).entries()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const path = join(folder, `${test}.${slug(workflowId).slice(0, 60)}.${index}.pb.gz`);
    await writeFile(path, gzipSync(History.encode(history).finish(), { level: 9 }), { flag: 'wx' });
  }
}

interface Run {
  workflowId: string;
  runId: string;
}

async function runsOn(client: Client): Promise<Run[]> {
  const closed = await client.workflowService.listClosedWorkflowExecutions(everything(client));
  return [...(await openWorkflows(client)), ...runsOf(closed)];
}

/** Those that still run, of all namespaces of a test server. It cannot list by query, but it implements these two lists. */
export const openWorkflows = async (client: Client): Promise<Run[]> => runsOf(await client.workflowService.listOpenWorkflowExecutions(everything(client)));

const everything = ({ options: { namespace } }: Client) => ({
  namespace,
  maximumPageSize: 1_000,
  startTimeFilter: { earliestTime: { seconds: 0 as never }, latestTime: { seconds: 4_102_444_800 as never } },
});

interface Listed {
  executions?: { type?: { name?: string | null } | null; execution?: { workflowId?: string | null; runId?: string | null } | null }[] | null;
}
const runsOf = ({ executions }: Listed): Run[] =>
  (executions ?? [])
    .filter(({ type }) => ours.has(type?.name ?? ''))
    .map(({ execution }) => ({ workflowId: execution?.workflowId ?? '', runId: execution?.runId ?? '' }));

const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
