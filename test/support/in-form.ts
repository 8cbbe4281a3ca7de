/** Checks that everything a test reads has its declared form. What people see is declared only in domain/views. */
import type { z } from 'zod';
import { evaluationView } from '../../domain/views/evaluation.ts';
import { eventView } from '../../domain/views/event.ts';
import { noticeView } from '../../domain/views/notice.ts';
import { carriedPackageView, carriedWaveView } from '../../domain/views/texts.ts';
import { problemView } from '../../domain/views/problem.ts';
import { routes } from '../../api/routes.ts';
import type { StoreReader } from '../../store/contract.ts';

/** Returns the value. Throws with the place of each field that is undeclared, missing or of another type. */
export function inForm<T>(schema: z.ZodType<T>, value: unknown, what = 'the view'): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(`${what} is not in its form: ${read.error.issues.map(({ path, message }) => `${path.join('.') || 'as a whole'}: ${message}`).join('; ')}`);
}

/** Checks all that this plan's workflows left in the store: final records, events, notices, evaluations; and that what people did is on record as theirs. */
export async function recordsInForm(store: StoreReader, plan: string): Promise<void> {
  const revision = await store.latestRevision(plan);
  for (const notice of await store.notices({ plan })) inForm(noticeView, notice, 'a notice');
  for (const { id: wave, packages } of revision?.document.waves ?? []) {
    const last = await store.finalWave({ plan, wave });
    if (last !== undefined) inForm(carriedWaveView, last, `the final record of ${wave}`);
    for (const event of await store.events({ plan, wave })) {
      inForm(eventView, event, 'an event');
      if (event.kind === 'not-proven') throw new Error(`an event of a workflow of ours is not what its message says: ${event.text}`);
    }
    for (const { package: id } of packages) {
      const ended = await store.finalPackage({ plan, wave, package: id });
      if (ended !== undefined) inForm(carriedPackageView, ended, `the final record of ${wave}/${id}`);
      for (const evaluation of await store.evaluations({ plan, wave, package: id })) inForm(evaluationView, evaluation, 'an evaluation');
    }
  }
}

/** Checks an answer against the schema that its route declares for the status, and a problem against the schema of problems. Plans are skipped: an answer has them as the schema writes them, not as it reads them. */
export function answerInForm(method: string, path: string, status: number, body: Record<string, unknown>): void {
  const [pathname = ''] = path.split('?');
  const route = routes.find((each) => each.method === method.toLowerCase() && matches(each.path, pathname));
  const declared = route?.answers[status];
  if (!declared) return void inForm(problemView, body, `the problem of ${method} ${pathname}`);
  const read = declared.schema.safeParse(body);
  const issues = withoutPlan(read.error?.issues ?? []);
  if (issues.length > 0) throw new Error(`${method} ${path} answered ${status} in a form that its route does not declare: ${JSON.stringify(issues)}`);
}

/** Of what may have one of several forms, one is enough. */
function withoutPlan(issues: z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.filter((issue) => {
    if (issue.code === 'invalid_union' && issue.path.length === 0) return issue.errors.every((branch) => withoutPlan(branch).length > 0);
    return !(isPlan(issue.path[0]) && issue.path.length > 1);
  });
}

const isPlan = (part: PropertyKey | undefined) => part === 'document' || part === 'plan';
const matches = (pattern: string, pathname: string) => new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname);
