/**
 * Keeps the histories of the workflow tests, one file per test and workflow, when ROLEWAVE_RECORD_HISTORIES names a folder. They are recorded once
 * per release into test/replay/histories and never again: a change of a workflow must replay those of every release that is still running.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { expect } from 'vitest';
import { packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import type { Revision } from '../../store/contract.ts';

const { History } = proto.temporal.api.history.v1;

const notFound = 5;

export async function recordHistories(client: Client, revision: Revision | undefined): Promise<void> {
  const folder = process.env['ROLEWAVE_RECORD_HISTORIES'];
  if (!folder || !revision) return;
  const { plan, waves } = revision.document;
  const ids = waves.flatMap((wave) => [waveWorkflowId(plan, wave.id), ...wave.packages.map((entry) => packageWorkflowId(plan, wave.id, entry.package))]);
  for (const id of ids) await record(client, folder, id);
}

async function record(client: Client, folder: string, workflowId: string): Promise<void> {
  const test = expect.getState().currentTestName ?? 'a test';
  const name = test
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 70);
  try {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.${workflowId.replaceAll('/', '.')}.pb.gz`), gzipSync(History.encode(history).finish(), { level: 9 }));
  } catch (error) {
    // A package that was never released has no workflow.
    if ((error as { code?: number }).code !== notFound) throw error;
  }
}
