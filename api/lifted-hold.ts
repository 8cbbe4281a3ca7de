/** The route of a lift names the hold that it lifts. A client that has not read since when the wave is held lifts the hold of the latest revision. */
import { entryOf } from '../domain/entry-of.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

export async function withHold(sent: Record<string, unknown>, { plan, wave }: Target, { store }: Pick<Services, 'store'>) {
  if (sent['since'] !== undefined) return { body: sent };
  const number = await store.latestRevisionNumber(plan);
  const latest = number === undefined ? undefined : await store.revisionHead(plan, number);
  const since = latest && entryOf(latest.record.heldSince ?? {}, wave);
  return since === undefined ? { body: sent } : { body: { ...sent, since }, sameIf: sent };
}
