/**
 * Asks the endpoint: same origin, with the session's cookie. What it answers has the form of the view schemas of `domain`, which the endpoint's tests hold it to;
 * the page knows them as types, so that no parser travels with it.
 */
import type { ProblemView } from '../../domain/views/problem.ts';
import { AskFailed, failureOf, offline } from './failure.ts';

/** Throws `AskFailed`, or the signal's reason. `path`: with its query, `/v1/board?plan=…`. */
export const read = <View>(path: string, signal?: AbortSignal): Promise<View> => ask<View>(path, signal ? { signal } : {});

/**
 * Sends a message; the same throws. The endpoint takes JSON only, and only from its own pages.
 * @public
 */
export const send = <View>(path: string, body: unknown): Promise<View> =>
  ask<View>(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-requested-with': 'rolewave' }, body: JSON.stringify(body) });

async function ask<View>(path: string, init: RequestInit): Promise<View> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new AskFailed(offline);
  }
  const body = await response.json().catch(() => undefined);
  if (!response.ok) throw new AskFailed(failureOf(response.status, body as Partial<ProblemView> | undefined));
  return body as View;
}
