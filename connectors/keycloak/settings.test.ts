import { expect, test } from 'vitest';
import { readConnectionString } from './settings.ts';

test('a client with its secret, and where it signs in', () => {
  expect(readConnectionString('https://rolewave:p%3A%2F%40ss@sso.example.com:8443/auth/realms/my%20company/')).toEqual({
    baseUrl: 'https://sso.example.com:8443/auth',
    signInRealm: 'my company',
    credentials: { grant: 'client', client: 'rolewave', secret: 'p:/@ss' },
  });
  expect(readConnectionString('http://a:b@[::1]:8080/realms/master')).toMatchObject({ baseUrl: 'http://[::1]:8080', signInRealm: 'master' });
});

test('a person with a password signs in through a client of the site file', () => {
  expect(readConnectionString('https://robot%40x:pass@h/realms/r', 'admin-cli').credentials).toEqual({
    grant: 'password',
    client: 'admin-cli',
    username: 'robot@x',
    password: 'pass',
  });
});

test.each([
  'https://sso.example.com/realms/r',
  'https://rolewave@sso.example.com/realms/r',
  'https://rolewave:@sso.example.com/realms/r',
  'https://rolewave:pass@sso.example.com',
  'https://rolewave:pass@sso.example.com/realms/',
  'https://rolewave:pass@sso.example.com/realms/r/x',
  'https://rolewave:pass@evil@sso.example.com/realms/r',
  'https://rolewave:pa%ss@sso.example.com/realms/r',
  'ldaps://rolewave:pass@sso.example.com/realms/r',
  'postgres://x',
])('%s is none, and nothing of it is repeated', (text) => {
  let said = '';
  try {
    readConnectionString(text);
  } catch (error) {
    said = String(error);
  }
  expect(said).toMatch(/./);
  expect(said).not.toContain('pass');
});
