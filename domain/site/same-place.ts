/**
 * Whether a system may be the place that it says it is. By their place, releases know each other's grants, claims and transactions, and a place is what a server
 * says of itself: without this, somebody who runs one system of the site could have it pose as another one, and decide there what becomes of others' access.
 */
import { systemOf } from './rights.ts';
import type { Site } from './schema.ts';

/** `address`: how it is reached, as a digest. */
export interface Answering {
  system: string;
  address: string | undefined;
}

/** `addresses`: by which it was reached. `wasThere`: before places were kept. */
export interface SystemAtPlace {
  system: string;
  addresses: readonly string[];
  wasThere?: true;
}

/** As which other system of the site this one poses; undefined: it is believed. `all`: that have answered as the place, in their order; it may be among them. */
export function posesAs(site: Pick<Site, 'systems'>, { system, address }: Answering, all: readonly SystemAtPlace[]): string | undefined {
  if (all.some((one) => one.system === system && one.wasThere)) return undefined;
  const isKnown = address === undefined ? () => false : (one: SystemAtPlace) => one.addresses.includes(address);
  return comeBefore(all, system).find((one) => systemOf(site, one.system) !== undefined && !isKnown(one) && !isDeclared(site, system, one.system))?.system;
}

/** For those who run Rolewave. */
export const posingText = (system: string, other: string): string =>
  `the servers of '${system}' and '${other}' say that they are the same one, and are reached by different addresses. '${other}' was the first to say so, and '${system}' is not used. If they are the same one, write sameAs: ${other} below '${system}' in the site file. If not, one of them poses as the other: find out which, and take that system out of the site file`;

/** For the people of a plan, which may not use the other system and does not learn which it is. */
export const posingTextOfPlan = (system: string): string =>
  `the server of '${system}' says that it is the one of another system of the site, so that nothing is done there: ask the people who run Rolewave, whose log and whose doctor command say more`;

/** A server moves a few times in its life. One that is another place each time it is asked would fill the store, and what knows places. */
export const mostPlaces = 100;

/** It has been as many other places before: this one is not kept, and the system is not believed. */
export class TooManyPlaces extends Error {
  override readonly name = 'TooManyPlaces';

  constructor(system: string) {
    super(
      `the server of '${system}' has said that it is ${mostPlaces} different servers, and now that it is another one, so that nothing is done there. Look at what its connection string leads to; when that is right, the people who run Rolewave delete the rows of '${system}' that are wrong from rolewave.system_places`,
    );
  }
}

/** Of the store. */
export interface PlaceRecords {
  /** Keeps that the system has answered as this place. All that have, in the order in which they first did. Throws TooManyPlaces. */
  systemAtPlace(place: string, system: Answering): Promise<SystemAtPlace[]>;
  /** It was not believed. */
  notAtPlace(place: string, system: string): Promise<void>;
}

/** The same, by what is on record, where it is kept for those that come later. */
export async function posing(records: PlaceRecords, site: Pick<Site, 'systems'>, place: string, me: Answering): Promise<string | undefined> {
  const other = posesAs(site, me, await records.systemAtPlace(place, me));
  if (other !== undefined) await records.notAtPlace(place, me.system);
  return other;
}

/** All of them where it has not come yet. */
function comeBefore(all: readonly SystemAtPlace[], system: string): SystemAtPlace[] {
  const at = all.findIndex((one) => one.system === system);
  return at === -1 ? [...all] : all.slice(0, at);
}

function isDeclared(site: Pick<Site, 'systems'>, ...ids: [string, string]): boolean {
  const [one = new Set<string>(), other = new Set<string>()] = ids.map((id) => declared(site, id));
  return [...one].some((id) => other.has(id));
}

/** A system and all that it is said to be, one after the other. */
function declared(site: Pick<Site, 'systems'>, id: string): ReadonlySet<string> {
  const all = new Set<string>();
  for (let next: string | undefined = id; next !== undefined && !all.has(next); next = systemOf(site, next)?.sameAs) all.add(next);
  return all;
}
