/**
 * Keeps the histories of the workflow tests, one file per test and workflow, when ROLEWAVE_RECORD_HISTORIES names a folder. They are recorded once
 * per release into test/replay/histories and never again: a change of a workflow must replay those of every release that is still running.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';
import { packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import type { Revision } from '../../store/contract.ts';

export async function recordHistories(client: Client, revision: Revision | undefined): Promise<void> {
  const folder = process.env['ROLEWAVE_RECORD_HISTORIES'];
  if (!folder || !revision) return;
  const { plan, waves } = revision.document;
  const ids = waves.flatMap((wave) => [waveWorkflowId(plan, wave.id), ...wave.packages.map((entry) => packageWorkflowId(plan, wave.id, entry.package))]);
  for (const id of ids) await record(client, folder, id);
}

async function record(client: Client, folder: string, workflowId: string): Promise<void> {
  const test = expect.getState().currentTestName ?? 'a test';
  const name = test.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, 70);
  try {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.${workflowId.replaceAll('/', '.')}.json.gz`), gzipSync(JSON.stringify(historyToJSON(history)), { level: 9 }));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
