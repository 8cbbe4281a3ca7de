import type { AppliedView } from '../../../domain/views/apply.ts';
import { Problem } from '../../errors.ts';

/** What a client is told whose revision is stored, and whose waves could not be told of it: an error about the text would say that nothing has changed. */
export function storedButUnsent(error: unknown, { plan, revision, changed }: Pick<AppliedView, 'plan' | 'revision' | 'changed'>): unknown {
  if (!(error instanceof Problem)) return error;
  const answer: AppliedView = { plan, revision, changed, waves: [] };
  return new Problem('apply-unfinished', `Revision ${revision} is stored, and none of its waves has it yet: ${error.message}`, answer);
}
