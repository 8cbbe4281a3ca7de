/** Runs in a thread of its own (plan-reader.ts): a plan's text is read and checked here, so that no text can keep the endpoint from answering. */
import { createHash } from 'node:crypto';
import { checkPlan, planNamedIn, readPlanBytes, type Loaded, type LoadOptions, type PlanText } from '../../domain/plan/load.ts';

/** Without `check`, only the plan's id is wanted. */
export interface PlanTask {
  bytes: Uint8Array;
  check?: { file: string; options: LoadOptions };
}
export type PlanAnswer = { named: string | undefined } | { loaded: Loaded };

/** The last text, because one request asks about the same text two or three times. */
let last: { digest: string; text: PlanText } | undefined;

export default function answer({ bytes, check }: PlanTask): PlanAnswer {
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (last?.digest !== digest) last = { digest, text: readPlanBytes(bytes) };
  return check ? { loaded: checkPlan(last.text, check.file, check.options) } : { named: planNamedIn(last.text) };
}
