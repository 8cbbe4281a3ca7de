import { expect, test } from 'vitest';
import { clientRoleName, readName, realmRoleName } from './names.ts';

test('groups are named by their path, roles of the realm and of clients by what they are', () => {
  expect(readName('/sales/clerks')).toEqual({ kind: 'group', path: '/sales/clerks' });
  expect(readName(realmRoleName('a role: with / and ü'))).toEqual({ kind: 'realm', role: 'a role: with / and ü' });
  expect(readName('client:erp:post:all')).toEqual({ kind: 'client', client: 'erp', role: 'post:all' });
});

test.each(['https://sp.example.com/saml', 'urn:a:b', '100%', '%3A', 'a%25b'])('the client %s has one name, which is read as it was written', (client) => {
  expect(readName(clientRoleName(client, 'r'))).toEqual({ kind: 'client', client, role: 'r' });
});

test.each([
  '',
  '/',
  '//',
  '/a//b',
  '/a/../b',
  '/.',
  '/a/',
  'clerk',
  'realm:',
  'realm:..',
  'client:erp',
  'client::r',
  'client:erp:',
  'client:%41:r',
  'client:a%3ab:r',
  'group:/a',
  'Realm:x',
])("'%s' is no name of an entitlement", (name) => {
  expect(readName(name)).toBeUndefined();
});
