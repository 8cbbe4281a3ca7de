/**
 * Whether a system may be the place that it says it is. By their place, releases know each other's grants, claims and transactions, and a place is what a server
 * says of itself: without this, somebody who runs one system of the site could have it pose as another one, and decide there what becomes of others' access.
 */
import { systemOf } from './rights.ts';
import type { Site } from './schema.ts';

/** `address`: how it is reached, as a digest. */
export interface SystemAtPlace {
  system: string;
  address: string | undefined;
}

/** Why this system is not believed, as a sentence for people. Undefined: it is. `before`: those that have been there before it. */
export function placeRefusal(site: Pick<Site, 'systems'>, { system, address }: SystemAtPlace, before: readonly SystemAtPlace[]): string | undefined {
  const other = before.find(
    (one) => one.system !== system && systemOf(site, one.system) !== undefined && !isSameAddress(one.address, address) && !isDeclared(site, system, one.system),
  );
  return (
    other &&
    `the server of '${system}' says that it is the one of '${other.system}', and is reached by another address: if it is the same one, write sameAs: ${other.system} below '${system}' in the site file; if not, it only poses as it`
  );
}

/** Of the store. */
export interface PlaceRecords {
  /** Keeps that the system has answered as this place. All that have, in the order in which they first did. */
  systemAtPlace(place: string, system: SystemAtPlace): Promise<SystemAtPlace[]>;
  /** It was not believed. */
  notAtPlace(place: string, system: string): Promise<void>;
}

/** The same, by what is on record, where it is kept for those that come later. */
export async function refusedAt(records: PlaceRecords, site: Pick<Site, 'systems'>, place: string, me: SystemAtPlace): Promise<string | undefined> {
  const refusal = placeRefusal(site, me, comeBefore(await records.systemAtPlace(place, me), me.system));
  if (refusal !== undefined) await records.notAtPlace(place, me.system);
  return refusal;
}

/** All of them where it has not come yet. */
export function comeBefore(all: readonly SystemAtPlace[], system: string): SystemAtPlace[] {
  const at = all.findIndex((one) => one.system === system);
  return at === -1 ? [...all] : all.slice(0, at);
}

const isSameAddress = (one: string | undefined, other: string | undefined): boolean => one !== undefined && one === other;

function isDeclared(site: Pick<Site, 'systems'>, ...ids: [string, string]): boolean {
  const [one, other] = ids.map((id) => systemOf(site, id)?.sameAs ?? id);
  return one === other;
}
