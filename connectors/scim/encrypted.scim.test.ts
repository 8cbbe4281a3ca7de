/** A server whose certificate is signed by a company's own authority, which the site file names: for the server itself and for its token endpoint. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { makeCertificate } from '../../test/support/certificate.ts';
import { startScripted, type Scripted } from '../../test/support/scim-scripted.ts';
import { site } from '../../test/support/site.ts';
import type { Connector } from '../connector.ts';
import { openSystem } from '../registry.ts';

let folder: string;
let certificate: string;
let scim: Scripted;
let secure: Server;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-scim-tls-'));
  const files = await makeCertificate(folder);
  certificate = files.certificate;
  scim = await startScripted(['ann'], ['clerk']);
  scim.answer = ({ path, headers }) => {
    if (path.startsWith('/token')) return { status: 200, body: { access_token: 'given', token_type: 'Bearer', expires_in: 3_600 } };
    return ['Bearer given', 'Bearer known'].includes(headers.authorization ?? '') ? undefined : { status: 401 };
  };
  secure = createServer({ key: await readFile(files.key), cert: await readFile(certificate) }, (client) => {
    const server = connect(scim.port, scim.host);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const)
      from.on('error', () => to.destroy()).pipe(to);
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  ({ port } = secure.address() as AddressInfo);
});
afterAll(async () => {
  secure.close();
  await scim.stop();
  await rm(folder, { recursive: true });
});

const opened: Connector[] = [];
afterEach(async () => {
  for (const connector of opened.splice(0)) await connector.close();
});

async function open(change: object, host = '127.0.0.1', login = 'bearer:known'): Promise<Connector> {
  const [system] = site({ systems: [{ id: 'crm', kind: 'scim', connection: { env: 'CRM' }, groups: { soleWriter: true }, ...change }] }).systems;
  const connector = await openSystem(system!, { CRM: `https://${login}@${host}:${port}${new URL(scim.baseUrl).pathname}` });
  opened.push(connector);
  return connector;
}
const known = async (connector: Connector) => (await connector.snapshot(['clerk'], ['ann'])).accounts;

test('it is spoken to where the site file names its authority, and its token endpoint too', async () => {
  expect(await known(await open({ caFile: certificate }))).toHaveLength(1);
  const oauth = { tokenUrl: `https://127.0.0.1:${port}/token` };
  expect(await known(await open({ caFile: certificate, oauth }, '127.0.0.1', 'rolewave:secret'))).toHaveLength(1);
});

test('nothing is said to a server whose certificate nobody vouches for, or that has another name', async () => {
  const before = scim.asked.length;
  await expect(known(await open({}))).rejects.toThrow('its certificate or its encryption is not accepted');
  await expect(known(await open({ caFile: certificate }, '127.0.0.2'))).rejects.toThrow(SystemUnavailable);
  expect(scim.asked).toHaveLength(before);
});

test('a file that cannot be read is named, and once it is there, the next connection is made', async () => {
  const caFile = join(folder, 'later.pem');
  const connector = await open({ caFile });
  await expect(known(connector)).rejects.toThrow(`the file of certificates ${caFile} cannot be read (ENOENT): fix caFile in the site file`);
  await copyFile(certificate, caFile);
  expect(await known(connector)).toHaveLength(1);
});
