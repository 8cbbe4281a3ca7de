/** Runs in a thread of its own (plan-reader.ts): a plan's text is read and checked here, so that no text can keep the endpoint from answering. */
import { createHash } from 'node:crypto';
import { checkPlan, planNamedIn, readPlanBytes, siteMistakes, type Loaded, type LoadOptions, type PlanText } from '../../domain/plan/load.ts';
import type { Mistake } from '../../domain/plan/mistakes.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';

export type PlanTask = { bytes: Uint8Array } & (
  | { want: 'id' }
  | { want: 'check'; file: string; options: LoadOptions }
  | { want: 'siteMistakes'; file: string; plan: Plan; site: Site }
);
/** By what is wanted. */
export interface PlanAnswers {
  id: string | undefined;
  check: Loaded;
  siteMistakes: Mistake[];
}

/** The last text, because one request asks about the same text two or three times. */
let last: { digest: string; text: PlanText } | undefined;

export default function answer(task: PlanTask): PlanAnswers[PlanTask['want']] {
  const digest = createHash('sha256').update(task.bytes).digest('hex');
  if (last?.digest !== digest) last = { digest, text: readPlanBytes(task.bytes) };
  const { text } = last;
  switch (task.want) {
    case 'id':
      return planNamedIn(text);
    case 'check':
      return checkPlan(text, task.file, task.options);
    case 'siteMistakes':
      return siteMistakes(text, task.file, task.plan, task.site);
  }
}
