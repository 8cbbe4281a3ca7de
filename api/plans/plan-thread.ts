/** Runs in a thread of its own (plan-reader.ts): plans are read, checked and compared here, so that none can keep the endpoint from answering. */
import { createHash } from 'node:crypto';
import { checkPlan, planNamedIn, readPlanBytes, siteMistakes, type Loaded, type LoadOptions, type PlanText } from '../../domain/plan/load.ts';
import { planDocumentDigest } from '../../domain/plan/digest.ts';
import type { Mistake } from '../../domain/plan/mistakes.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { planWork, type PlanWork } from './plan-work.ts';

export type PlanTask = { bytes: Uint8Array } & (
  | { want: 'id' }
  | { want: 'check'; file: string; options: LoadOptions }
  | { want: 'siteMistakes'; file: string; plan: Plan; site: Site }
);
/** One of plan-work.ts. */
export interface WorkTask {
  work: keyof PlanWork;
  args: unknown[];
}
/** By what is wanted. */
export interface PlanAnswers {
  id: string | undefined;
  /** `digest`: of the plan, where it has no mistakes. */
  check: { loaded: Loaded; digest?: string };
  siteMistakes: Mistake[];
}

/** The last text, because one request asks about the same text two or three times. */
let last: { digest: string; text: PlanText } | undefined;

export default function answer(task: PlanTask | WorkTask): unknown {
  return 'work' in task ? (planWork[task.work] as (...args: unknown[]) => unknown)(...task.args) : answerAbout(task);
}

function answerAbout(task: PlanTask): PlanAnswers[PlanTask['want']] {
  const digest = createHash('sha256').update(task.bytes).digest('hex');
  if (last?.digest !== digest) last = { digest, text: readPlanBytes(task.bytes) };
  const { text } = last;
  switch (task.want) {
    case 'id':
      return planNamedIn(text);
    case 'check': {
      const loaded = checkPlan(text, task.file, task.options);
      return loaded.ok ? { loaded, digest: planDocumentDigest(loaded.plan) } : { loaded };
    }
    case 'siteMistakes':
      return siteMistakes(text, task.file, task.plan, task.site);
  }
}
