import { expect, test } from 'vitest';
import { nameInDn } from './name-in-dn.ts';

test.each([
  ['cn=records-admin,ou=logins,dc=example,dc=com', 'records-admin'],
  [String.raw`cn=Berg\, Eva,ou=people,dc=example`, 'Berg, Eva'],
  ['uid=eva+mail=eva@example.com,dc=example', 'uid=eva+mail=eva@example.com,dc=example'],
  [String.raw`cn=\C3\89va,dc=example`, String.raw`cn=\C3\89va,dc=example`],
  ['dba_kim', 'dba_kim'],
  ['a=b', 'a=b'],
])('%s is shown as %s', (name, shown) => {
  expect(nameInDn(name)).toBe(shown);
});
