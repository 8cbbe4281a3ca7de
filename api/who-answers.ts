/** Says beside open requests who may answer them now, by the latest revision of their plan: an answer that others give is not offered to the reader as their own. */
import { withAnswerers } from '../domain/notices/who-may-answer.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { RequestView } from '../domain/views/request.ts';
import type { Revision } from '../store/contract.ts';

interface Asking {
  requests?: RequestView[];
}

/** Of a wave or a package, in full or in short; an overview has no requests. */
export function withWhoAnswers<View extends object>(view: View, latest: Revision | undefined): View {
  const { requests } = view as Asking;
  return requests === undefined ? view : { ...view, requests: withAnswerers(requests, latest?.document, toPlan(Date.now(), latest?.clock)) };
}
