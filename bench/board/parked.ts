/** Workflows of the product's types that only say what they were given, for ever: a thousand of them cost a worker as much as they answer. */
import * as wf from '@temporalio/workflow';
import { stateQuery } from '../../domain/messages.ts';

export async function wave(state: unknown): Promise<void> {
  wf.setHandler(wf.defineQuery(stateQuery), () => state);
  await wf.condition(() => false);
}

export const rolePackage = wave;
