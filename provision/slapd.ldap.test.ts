/** OpenLDAP as the demo and `npm run peers` start it: what it keeps, and what it lets nobody do. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ldapConnector } from '../connectors/ldap/connector.ts';
import { ifMissing, slapd } from '../test/support/slapd.ts';
import { silent } from './progress.ts';
import { removeSlapd, startSlapd, type DirectoryServer } from './slapd.ts';

const suffix = 'dc=example,dc=com';
const dn = `cn=admin,${suffix}`;

describe.skipIf(!slapd)(`OpenLDAP${ifMissing}`, () => {
  let dir: string;
  const running: DirectoryServer[] = [];
  beforeEach(async () => {
    // As mkdtemp makes it, only its owner may enter it: as root, the server's files are then elsewhere.
    dir = await mkdtemp(join(tmpdir(), 'rolewave-openldap-'));
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    await removeSlapd(dir);
    await rm(dir, { recursive: true, force: true });
  });

  async function start(password: string, more: { access?: string[]; port?: number } = {}): Promise<DirectoryServer> {
    if (!slapd) throw new Error('there is no slapd');
    const { access = ['to * by * read'], port = 0 } = more;
    const server = await startSlapd({ slapd, dir, suffix, administrator: { dn, password }, logReader: dn, access, port, progress: silent });
    running.push(server);
    return server;
  }
  async function as<T>({ url }: DirectoryServer, password: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ url, timeout: 10_000 });
    try {
      await client.bind(dn, password);
      return await work(client);
    } finally {
      await client.unbind();
    }
  }
  const addTop = (client: Client) => client.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });

  test('without a certificate it offers no StartTLS, and the connector says what to do', async () => {
    const { host, port } = await start('secret');
    const asked = ldapConnector({
      host,
      port,
      security: 'startTls',
      bindDn: dn,
      password: 'secret',
      groups: { base: suffix, name: 'cn', marker: 'description', soleWriter: false },
      accounts: { base: suffix, name: 'uid' },
      accesslog: undefined,
      breakGlass: [],
    });
    onTestFinished(() => asked.close());
    await expect(asked.snapshot([], ['ann'])).rejects.toThrow('the directory offers no StartTLS: use an ldaps:// address, or `tls: none`');
  });

  test('keeps its entries and their log over a restart, and takes the password of this start only', async () => {
    const first = await start('one "quoted" \\ word');
    await as(first, 'one "quoted" \\ word', addTop);
    await first.stop();
    const second = await start('another');
    const { searchEntries } = await as(second, 'another', (client) => client.search(suffix, { scope: 'base' }));
    expect(searchEntries).toMatchObject([{ o: 'Example' }]);
    const log = await as(second, 'another', (client) => client.search('cn=accesslog', { scope: 'one', attributes: ['reqDN', 'reqType'] }));
    expect(log.searchEntries).toMatchObject([{ reqType: 'add', reqDN: suffix }]);
    await expect(as(second, 'one "quoted" \\ word', addTop)).rejects.toMatchObject({ code: 49 });
  });

  test('a folder is used by one process at a time, and another folder gets another port', async () => {
    const first = await start('one');
    await expect(start('two')).rejects.toThrow(`in use by another running Rolewave (process ${process.pid})`);
    const other = dir;
    dir = await mkdtemp(join(tmpdir(), 'rolewave-openldap-'));
    const second = await start('two', { port: first.port });
    expect(second.port).not.toBe(first.port);
    await first.stop();
    await removeSlapd(other);
  });

  test('what it does not start with is in the error, with the end of its log', async () => {
    await expect(start('one', { access: ['to nothing by nobody'] })).rejects.toThrow(/OpenLDAP ended while it started\. The end of its log .*access/s);
    expect(await readdir(dir)).not.toContain('server.json');
  });
});
