/** Finds many users or groups with as few requests as the server allows: one by one, or by reading the whole list where that is shorter. */
import { equals, listed, only } from './listing.ts';
import { idOf, isId, textOf, type Resource } from './resource.ts';
import type { ScimSession } from './session.ts';
import { ScimRefused, scimTypeOf } from './statuses.ts';

export interface Kind {
  /** The endpoint. */
  of: 'Users' | 'Groups';
  /** Absent: all that the server answers by itself. */
  attributes?: string[] | undefined;
  /** What is kept of each resource, whatever the server answers; absent: `attributes`. */
  keeps?: string[] | undefined;
}

/** So few are asked for one by one, whatever the list has. */
const few = 4;
const requestsAtOnce = 4;

/** Those of these ids that exist. */
export async function withIds(session: ScimSession, kind: Kind, ids: string[], signal?: AbortSignal): Promise<Resource[]> {
  const asked = [...new Set(ids)].filter(isId);
  const whole = await wholeIfShorter(session, kind, asked.length, signal);
  if (whole) {
    const wanted = new Set(asked);
    return whole.filter((resource) => wanted.has(idOf(resource, `one of ${kind.of}`)));
  }
  const found = await eachOf(asked, signal, async (id) => {
    const answer = await session.get(`${kind.of}/${encodeURIComponent(id)}`, `${id} of ${kind.of}`, only(kind.attributes));
    // What a server calls another is another.
    return answer && idOf(answer.body, `one of ${kind.of}`) === id ? [answer.body] : [];
  });
  return found.flat();
}

/** Those whose attribute is exactly one of these; several where several have it. */
export async function withValues(session: ScimSession, kind: Kind, attribute: string, values: string[], signal?: AbortSignal): Promise<Resource[]> {
  if (attribute === 'id') return withIds(session, kind, values, signal);
  const asked = [...new Set(values)];
  if (asked.length === 0) return [];
  const wanted = new Set(asked);
  const { filters } = await session.facts();
  const whole = filters ? await wholeIfShorter(session, kind, asked.length, signal) : await wholeOf(session, kind, signal);
  const found = whole ?? (await eachOf(asked, signal, (value) => filtered(session, kind, attribute, value, signal))).flat();
  // A server may take names that differ in their case for the same, and a careless one may answer anything.
  return found.filter((resource) => wanted.has(textOf(resource, attribute) ?? ''));
}

/** undefined: asking one by one takes fewer requests. */
async function wholeIfShorter(session: ScimSession, kind: Kind, asked: number, signal: AbortSignal | undefined): Promise<Resource[] | undefined> {
  return asked <= few ? undefined : listed(session, kind, signal, asked);
}

async function wholeOf(session: ScimSession, kind: Kind, signal: AbortSignal | undefined): Promise<Resource[]> {
  return (await listed(session, kind, signal)) ?? [];
}

async function filtered(session: ScimSession, kind: Kind, attribute: string, value: string, signal: AbortSignal | undefined): Promise<Resource[]> {
  try {
    return (await listed(session, { ...kind, filter: equals(attribute, value) }, signal)) ?? [];
  } catch (error) {
    // Some servers say that they filter, and do not filter by this.
    const cannotFilter = error instanceof ScimRefused && (error.answer.status === 501 || scimTypeOf(error.answer) === 'invalidFilter');
    if (!cannotFilter) throw error;
    return wholeOf(session, kind, signal);
  }
}

/** In their order, some at once. */
export async function eachOf<T>(values: string[], signal: AbortSignal | undefined, ask: (value: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  const next = values.entries();
  const work = async () => {
    for (const [at, value] of next) {
      signal?.throwIfAborted();
      found[at] = await ask(value);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  return found;
}
