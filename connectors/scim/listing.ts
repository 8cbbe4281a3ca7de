/**
 * Lists in pages (RFC 7644, 3.4.2.4). A list is complete or an error: each page begins with the resource that the page before ended with, so that a list that moved
 * meanwhile is noticed, and is read anew. A resource that is there all the time is never left out, as long as the server keeps the order of those that stay.
 */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { ListSize } from '../list-size.ts';
import { idOf, isResource, valueOf, withOnly, type Resource } from './resource.ts';
import type { ScimSession } from './session.ts';

export interface Listing {
  /** `Users` or `Groups`. */
  of: string;
  filter?: string;
  /** Absent: all that the server answers by itself. */
  attributes?: string[] | undefined;
  /** What is kept of each resource, whatever the server answers; absent: `attributes`. */
  keeps?: string[] | undefined;
}

const pageSize = 100;
const attempts = 3;
/** Nothing that a server says makes Rolewave read more. */
const mostResources = 500_000;

/** The list is not the one that was begun. */
class Moved extends Error {}

/** undefined: there are more pages than `mostPages`. Throws SystemUnavailable where the server does not answer the whole list. */
export async function listed(session: ScimSession, listing: Listing, signal?: AbortSignal, mostPages = Infinity): Promise<Resource[] | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(session, listing, signal, mostPages);
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
      if (attempt === attempts) throw new SystemUnavailable(`${whatIs(listing)} could not be read as a whole: ${error.message}`);
    }
  }
}

const whatIs = ({ of, filter }: Listing) => `the list of ${of}${filter === undefined ? '' : ` with ${filter}`}`;

async function once(session: ScimSession, listing: Listing, signal: AbortSignal | undefined, mostPages: number): Promise<Resource[] | undefined> {
  const found = new Map<string, Resource>();
  const size = new ListSize(`${whatIs(listing)} could not be read`);
  let [last, total]: [string | undefined, number | undefined] = [undefined, undefined];
  while (total === undefined || found.size < total) {
    signal?.throwIfAborted();
    const isFirst = last === undefined;
    const start: number = isFirst ? 1 : found.size;
    const page = await pageFrom(session, listing, start);
    total ??= page.total;
    if (page.total !== total) throw new Moved(`it had ${total} resources, and then ${page.total}`);
    if (page.start !== undefined && page.start !== start && total > 0)
      throw new Moved(`the page from ${start} on was asked for, and the server answered the one from ${page.start} on`);
    const [first] = page.resources;
    if (!isFirst) {
      if (first?.id !== last) throw new Moved(`the page from ${start} on does not begin where the page before ended`);
      page.resources.shift();
    }
    // Also where a server answers one resource at a time, whose pages cannot overlap.
    if (page.resources.length === 0 && found.size < total) throw new Moved(`it has ${total} resources by its own count, and ends after ${found.size}`);
    for (const { id, resource } of page.resources) {
      if (found.has(id)) throw new Moved(`the resource ${id} is in it twice`);
      size.add(resource);
      found.set(id, resource);
      last = id;
    }
    if (found.size > total) throw new Moved(`it has ${total} resources by its own count, and more than that`);
    if (isFirst && found.size > 0 && total / found.size > mostPages) return undefined;
  }
  return [...found.values()];
}

interface Page {
  total: number;
  start: number | undefined;
  resources: { id: string; resource: Resource }[];
}

async function pageFrom(session: ScimSession, listing: Listing, start: number): Promise<Page> {
  const { of, filter, attributes, keeps = attributes } = listing;
  const query = { startIndex: String(start), count: String(pageSize), ...only(attributes), ...(filter === undefined ? {} : { filter }) };
  const answer = await session.get(of, whatIs(listing), query);
  if (!answer) throw new SystemUnavailable(`the SCIM server has no ${of} at its address: check the connection string`);
  const { body } = answer;
  const [total, startIndex, resources = []] = [valueOf(body, 'totalResults'), valueOf(body, 'startIndex'), valueOf(body, 'Resources')];
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0 || !Array.isArray(resources) || !resources.every(isResource))
    throw new SystemUnavailable(`${whatIs(listing)} could not be read: the answer is not a list of RFC 7644`);
  if (total > mostResources) throw new SystemUnavailable(`${whatIs(listing)} has ${total} resources, and Rolewave reads at most ${mostResources}`);
  return {
    total,
    start: typeof startIndex === 'number' && startIndex > 0 ? startIndex : undefined,
    resources: resources.map((resource) => ({ id: idOf(resource, `a resource of ${of}`), resource: keeps ? withOnly(resource, keeps) : resource })),
  };
}

/** As a query. */
export const only = (attributes: string[] | undefined): { attributes?: string } => (attributes ? { attributes: attributes.join(',') } : {});

/** For a filter (RFC 7644, 3.4.2.2): as JSON has it, so that no name can say more than itself. */
export const equals = (attribute: string, value: string): string => `${attribute} eq ${JSON.stringify(value)}`;
