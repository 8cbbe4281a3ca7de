/** Systems that nobody has used yet keep their places: they are asked as soon as the site file names them. */
import { expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { SystemAtPlace } from '../domain/site/same-place.ts';
import type { System } from '../domain/site/schema.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { firstPlaces } from './first-places.ts';
import type { Logger } from './logging.ts';

const never = new AbortController().signal;

/** A store in memory, and servers that answer as these places; a place that is missing does not answer. */
function made(declared: [id: string, place: string | undefined][]) {
  const places = new Map<string, SystemAtPlace[]>();
  const servers = new Map(declared);
  const state = {
    site: site({ systems: declared.map(([id]) => siteSystem(id, { kind: 'postgres' })) }),
    open: 0,
    asked: [] as string[],
    errors: [] as string[],
    warned: [] as string[],
  };
  const store = {
    systemsAtPlaces: async () => [...places.values()].flat().map(({ system }) => system),
    systemAtPlace: async (place: string, { system, address }: { system: string; address: string | undefined }) => {
      const all = places.get(place) ?? [];
      if (!all.some((one) => one.system === system)) all.push({ system, addresses: address === undefined ? [] : [address] });
      places.set(place, all);
      return [...all];
    },
    notAtPlace: async (place: string, system: string) =>
      void places.set(
        place,
        (places.get(place) ?? []).filter((one) => one.system !== system),
      ),
  };
  const openAlone = async ({ id }: System): Promise<Connector> => {
    state.asked.push(id);
    state.open += 1;
    const place = servers.get(id);
    const connector = noneConnector({ place: place ?? '' });
    return Object.assign(connector, {
      address: `address of ${id}`,
      place: async () => {
        if (place === undefined) throw new Error('it does not answer');
        return place;
      },
      close: async () => void (state.open -= 1),
    });
  };
  const logger = {
    warn: (_: unknown, text: string) => state.warned.push(text),
    error: (_: unknown, text: string) => state.errors.push(text),
  } as unknown as Logger;
  const look = firstPlaces({ store, site: () => state.site, openAlone, systems: undefined, logger });
  return { state, places, servers, look: () => look(never) };
}

const systemsAt = ({ places }: ReturnType<typeof made>) => Object.fromEntries([...places].map(([place, all]) => [place, all.map(({ system }) => system)]));

test('each system is asked once, in the order of the file, and its connection is closed again', async () => {
  const all = made([
    ['dir', 'ldap:1'],
    ['erp', 'postgres:2'],
  ]);
  await all.look();
  await all.look();
  expect(all.state.asked).toEqual(['dir', 'erp']);
  expect(all.state.open).toBe(0);
  expect(systemsAt(all)).toEqual({ 'ldap:1': ['dir'], 'postgres:2': ['erp'] });
});

test('a server that says later that it is the one of a system that nobody has used is not believed, and those who run Rolewave are told of both', async () => {
  const all = made([['dir', 'ldap:1']]);
  await all.look();
  all.servers.set('theirs', 'ldap:1');
  all.state.site = site({ systems: ['theirs', 'dir'].map((id) => siteSystem(id, { kind: 'postgres' })) });
  await all.look();
  expect(systemsAt(all)).toEqual({ 'ldap:1': ['dir'] });
  expect(all.state.errors).toEqual([expect.stringContaining("the servers of 'theirs' and 'dir' say that they are the same one")]);
});

test('a system that does not answer keeps no other from being asked, and is asked again once the site file has changed', async () => {
  const all = made([
    ['away', undefined],
    ['erp', 'postgres:2'],
  ]);
  await all.look();
  await all.look();
  expect(all.state.asked).toEqual(['away', 'erp']);
  expect(all.state.warned).toEqual([
    "system 'away' of the site cannot be reached, and nobody has used it yet: it does not answer. Check its connection before a plan uses it",
  ]);
  expect(all.state.open).toBe(0);
  all.servers.set('away', 'ldap:1');
  all.state.site = site({ systems: ['away', 'erp'].map((id) => siteSystem(id, { kind: 'postgres' })) });
  await all.look();
  expect(all.state.asked).toEqual(['away', 'erp', 'away']);
  expect(systemsAt(all)).toEqual({ 'postgres:2': ['erp'], 'ldap:1': ['away'] });
});
