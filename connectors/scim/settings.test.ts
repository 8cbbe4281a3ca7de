import { describe, expect, test } from 'vitest';
import { site } from '../../test/support/site.ts';
import { openSystem } from '../registry.ts';
import { exampleString, readConnectionString } from './settings.ts';

describe('a connection string', () => {
  test.each([
    [exampleString, false, { baseUrl: 'https://scim.example.com/v2', credentials: { clientId: undefined, secret: 'token' } }],
    ['https://bearer:a%2Fb%40c%3A%25@h:8443', false, { baseUrl: 'https://h:8443', credentials: { clientId: undefined, secret: 'a/b@c:%' } }],
    ['https://rolewave:s3cret@h/scim/v2/', true, { baseUrl: 'https://h/scim/v2', credentials: { clientId: 'rolewave', secret: 's3cret' } }],
    ['https://bearer:s3cret@h', true, { baseUrl: 'https://h', credentials: { clientId: 'bearer', secret: 's3cret' } }],
  ])('%s is read', (text, isClient, settings) => {
    expect(readConnectionString(text, 'required', isClient)).toEqual(settings);
  });

  test('takes http:// where the site file allows it', () => {
    expect(() => readConnectionString('http://bearer:t@h', 'required', false)).toThrow('not a connection string');
    expect(readConnectionString('http://bearer:t@h', 'none', false)).toMatchObject({ baseUrl: 'http://h' });
  });

  test.each([
    '',
    'h',
    'https://h',
    'https://token@h',
    'https://bearer:@h',
    'https://rolewave:secret@h',
    'https://bearer:secret@h/v2?x=1',
    'https://bearer:secret@h/v2#x',
    'https://bearer:sec%0Aret@h',
    'https://bearer:sec%ret@h',
    'https://bearer:s%C3%A9cret@h',
    'ldap://bearer:secret@h',
  ])('%s is none, and no error repeats it', async (text) => {
    expect(() => readConnectionString(text, 'none', false)).toThrow(/^(?!.*(secret|sec%)).*$/s);
    if (text === '') return;
    const [system] = site({ systems: [{ id: 'crm', kind: 'scim', connection: { env: 'CRM' } }] }).systems;
    const refused = await openSystem(system!, { CRM: text }).catch((error: unknown) => error as Error);
    expect((refused as Error).message).toBe(
      "system 'crm': the environment variable CRM does not hold a connection string such as https://bearer:token@scim.example.com/v2",
    );
  });
});

describe('a site file', () => {
  const declared = (change: object) => () => site({ systems: [{ id: 'crm', kind: 'scim', connection: { env: 'CRM' }, ...change }] }).systems[0];

  test('says what is different from the usual', () => {
    expect(declared({})()).toMatchObject({ groups: { name: 'displayName', soleWriter: false }, accounts: { name: 'userName' }, tls: 'required' });
    expect(declared({ oauth: { tokenUrl: 'https://login.example.com/token', scope: 'scim.read scim.write' } })()).toMatchObject({ oauth: {} });
    expect(declared({ oauth: { tokenUrl: 'http://127.0.0.1/token' }, tls: 'none' })()).toMatchObject({ oauth: {} });
  });

  test.each([
    [{ oauth: { tokenUrl: 'http://login.example.com/token' } }, /is not encrypted/],
    [{ oauth: { tokenUrl: 'login.example.com' } }, /is not an address/],
    [{ oauth: { tokenUrl: 'https://login.example.com/token', scope: 'a  b' } }, /is not a list of scopes/],
    [{ groups: { name: 'cn' } }, /displayName/],
    [{ groups: { base: 'ou=x' } }, /base/],
  ])('%j is refused', (change, words) => {
    expect(declared(change)).toThrow(words);
  });
});
