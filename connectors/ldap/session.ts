/**
 * One connection to a directory, signed in, and opened anew when it was lost. Requests run beside each other on it. A list is whole or an error; every error
 * is sorted into 'try again' (SystemUnavailable), 'somebody was faster' (LostRace) and 'the server refuses' (LdapRefused).
 */
import { isIP } from 'node:net';
import { Client, ResultCodeError, type Change, type Control, type Entry, type Filter } from 'ldapts';
import { numberText } from '../../domain/number-text.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { certificatesIn } from '../certificates.ts';
import { isUnreadable, LdapRefused, sorted } from './result-codes.ts';
import { assertionControl } from './controls.ts';
import type { LdapSettings } from './settings.ts';

export interface Search {
  base: string;
  scope: 'base' | 'one' | 'sub';
  filter?: Filter;
  attributes: string[];
  /** Attributes whose values are bytes. */
  binary?: string[];
  /** In pages, where the answer may be longer than the server sends at once. */
  paged?: boolean;
  /** More entries are an error; in pages. */
  most?: number;
  signal?: AbortSignal | undefined;
}

export interface ServerFacts {
  /** For people. */
  version: string;
  isActiveDirectory: boolean;
  isOpenLdap: boolean;
  /** RFC 4528. */
  asserts: boolean;
  /** The tops of its trees. */
  contexts: string[];
}

export interface LdapSession {
  search(search: Search): Promise<Entry[]>;
  /** The entry; undefined where there is none. */
  entry(dn: string, attributes: string[], binary?: string[]): Promise<Entry | undefined>;
  modify(dn: string, changes: Change[], control?: Control): Promise<void>;
  /** Creates an entry. */
  add(dn: string, attributes: Record<string, string | string[]>): Promise<void>;
  /** Removes an entry; one that is not there is gone. */
  remove(dn: string): Promise<void>;
  /** Of the server that the connection leads to. */
  facts(): Promise<ServerFacts>;
  close(): Promise<void>;
}

const connectMs = 10_000;
/** A modify of thousands of members takes seconds. */
const answerMs = 60_000;
const pageSize = 500;
const noSuchObject = 32;

interface Open {
  client: Client;
  facts: ServerFacts;
}

export function openLdapSession(settings: LdapSettings): LdapSession {
  let opening: Promise<Open> | undefined;
  let closed = false;
  const unreadable = new WeakSet<Client>();

  async function open(): Promise<Open> {
    const { host, port, security, bindDn, password, caFile } = settings;
    const ca = caFile === undefined ? {} : { ca: await certificatesIn(caFile) };
    // An IP address is checked against the certificate, and is no server name.
    const tls = { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...ca, rejectUnauthorized: true, minVersion: 'TLSv1.2' as const };
    const client = new Client({
      url: `${security === 'ldaps' ? 'ldaps' : 'ldap'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
      timeout: answerMs,
      connectTimeout: connectMs,
      strictDN: false,
      ...(security === 'ldaps' ? { tlsOptions: tls } : {}),
    });
    try {
      if (security === 'startTls') await client.startTLS(tls).catch(sayWithoutStartTls);
      await client.bind(bindDn, password);
      return { client, facts: await factsOf(client) };
    } catch (error) {
      void client.unbind().catch(() => undefined);
      throw sorted(error, true);
    }
  }

  async function connected(attempt = 1): Promise<Open> {
    if (closed) throw new Error('the connection to the directory was closed');
    const mine = (opening ??= open());
    try {
      const found = await mine;
      // The client would connect again by itself, as nobody and in plain text.
      if (found.client.isBound && !unreadable.has(found.client)) return found;
    } catch (error) {
      if (opening === mine) opening = undefined;
      throw error;
    }
    if (opening === mine) opening = undefined;
    if (attempt === 3) throw new SystemUnavailable('the directory ends every connection as soon as Rolewave has signed in');
    return connected(attempt + 1);
  }

  async function ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { client } = await connected();
    try {
      return await work(client);
    } catch (error) {
      // The client drops what came behind it: requests that wait for that on this connection would wait until their time is over.
      if (isUnreadable(error)) {
        unreadable.add(client);
        void client.unbind().catch(() => undefined);
      }
      throw sorted(error);
    }
  }

  const search = ({ base, scope, filter, attributes, binary = [], paged = false, most = Infinity, signal }: Search): Promise<Entry[]> =>
    ask(async (client) => {
      const options = { scope, attributes, explicitBufferAttributes: binary, ...(filter ? { filter } : {}) };
      const entries: Entry[] = [];
      const references: string[] = [];
      if (paged)
        for await (const page of client.searchPaginated(base, { ...options, paged: { pageSize } })) {
          for (const entry of page.searchEntries) entries.push(entry);
          references.push(...page.searchReferences);
          signal?.throwIfAborted();
          if (entries.length > most) throw new LdapRefused(4, `the answer has more than ${numberText(most)} entries`);
        }
      else {
        const found = await client.search(base, options);
        entries.push(...found.searchEntries);
        references.push(...found.searchReferences);
      }
      if (references.length > 0)
        throw new LdapRefused(
          10,
          `a part of '${base}' is on another server, which Rolewave does not follow: name a base in the site file that this server holds whole`,
        );
      // An answer that came twice on its way is one answer.
      return [...new Map(entries.map((entry) => [entry.dn, entry])).values()];
    });

  return {
    search,
    entry: async (dn, attributes, binary = []) => {
      try {
        return (await search({ base: dn, scope: 'base', attributes, binary }))[0];
      } catch (error) {
        if (error instanceof LdapRefused && error.code === noSuchObject) return undefined;
        throw error;
      }
    },
    modify: (dn, changes, control) => ask((client) => client.modify(dn, changes, control)),
    add: (dn, attributes) => ask((client) => client.add(dn, attributes)),
    remove: async (dn) => {
      try {
        await ask((client) => client.del(dn));
      } catch (error) {
        if (!(error instanceof LdapRefused) || error.code !== noSuchObject) throw error;
      }
    },
    facts: async () => (await connected()).facts,
    close: async () => {
      closed = true;
      const mine = opening;
      opening = undefined;
      await mine?.then(
        ({ client }) => client.unbind(),
        () => undefined,
      );
    },
  };
}

const activeDirectory = '1.2.840.113556.1.4.800';

async function factsOf(client: Client): Promise<ServerFacts> {
  const attributes = ['vendorName', 'vendorVersion', 'supportedControl', 'supportedCapabilities', 'namingContexts', 'structuralObjectClass'];
  const { searchEntries } = await client.search('', { scope: 'base', attributes });
  const root = searchEntries[0];
  const [vendor] = valuesOf(root, 'vendorName');
  const [version] = valuesOf(root, 'vendorVersion');
  const isActiveDirectory = valuesOf(root, 'supportedCapabilities').includes(activeDirectory);
  const isOpenLdap = valuesOf(root, 'structuralObjectClass').includes('OpenLDAProotDSE');
  const name = vendor ?? (isActiveDirectory ? 'Active Directory' : isOpenLdap ? 'OpenLDAP' : 'a directory that does not say its name');
  return {
    version: version === undefined ? name : `${name} ${version}`,
    isActiveDirectory,
    isOpenLdap,
    asserts: valuesOf(root, 'supportedControl').includes(assertionControl),
    contexts: valuesOf(root, 'namingContexts'),
  };
}

/** Whatever the case in which the server writes the attribute. What is no text is left out. */
export function valuesOf(entry: Entry | undefined, attribute: string): string[] {
  const found = rawValues(entry, attribute);
  return found.filter((value) => typeof value === 'string');
}

export const bytesOf = (entry: Entry, attribute: string): Buffer[] => rawValues(entry, attribute).filter((value) => Buffer.isBuffer(value));

function rawValues(entry: Entry | undefined, attribute: string): (string | Buffer)[] {
  if (!entry) return [];
  const wanted = attribute.toLowerCase();
  const key = Object.keys(entry).find((name) => name.toLowerCase() === wanted);
  const value = key === undefined ? undefined : entry[key];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** Throws. The server's own words, such as 'unsupported extended operation', tell nobody what to do. */
function sayWithoutStartTls(error: unknown): never {
  if (!(error instanceof ResultCodeError)) throw error;
  throw new SystemUnavailable(
    'the directory offers no StartTLS: use an ldaps:// address, or `tls: none` in the site file for a directory on the same machine',
    {
      cause: error,
    },
  );
}
