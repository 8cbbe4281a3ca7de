/** What servers said goes to the log of the worker, and nowhere else: neither into a failure, which Temporal keeps, nor into an answer. */
import { activityInfo, Context } from '@temporalio/activity';
import { refusalIn } from '../domain/statement-refused.ts';

/** Of a statement of a plan that failed. */
export function logRefusal(error: unknown, about: Record<string, string>): void {
  const serverText = refusalIn(error)?.serverText();
  if (serverText) Context.current().log.warn('a statement of a plan failed', { ...about, activity: activityInfo().activityType, serverText });
}

/** Of a system, with the stack and the causes that the failure does not have. */
export function logCause(system: string, error: unknown): void {
  Context.current().log.warn('a call to a system failed', { system, error });
}
