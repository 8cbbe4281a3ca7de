/** Answers that are no LDAP: whatever is wrong with them, the call may be tried again, and the next one has a connection that can be read. */
import { Attribute, Change } from 'ldapts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { integer, octets, searchDone, searchEntry, startScriptedLdap, tagged, type ScriptedLdap } from '../../test/support/ldap-scripted.ts';
import { openLdapSession, type LdapSession } from './session.ts';

let server: ScriptedLdap;
let session: LdapSession;
beforeEach(async () => {
  server = await startScriptedLdap();
  const of = { base: 'dc=x', name: 'cn' };
  session = openLdapSession({
    host: '127.0.0.1',
    port: server.port,
    security: 'none',
    bindDn: 'cn=r',
    password: 'p',
    groups: { ...of, marker: 'description', soleWriter: true },
    accounts: of,
    breakGlass: [],
  });
});
afterEach(async () => {
  await session.close();
  await server.stop();
});

const text = (tag: number, ...bytes: number[]) => Buffer.from([tag, bytes.length, ...bytes]);
const code = Buffer.from([0x0a, 1, 0]);
const answered = (id: number, tag: number, ...parts: Buffer[]) => tagged(0x30, integer(id), tagged(tag, ...parts));

/** Each has the number of the message, which is what the client finds its call by. */
const mangled: [string, (id: number, tag: number) => Buffer][] = [
  ['an operation that there is not', (id) => answered(id, 0x7e, code, octets(''), octets(''))],
  ['a code that is no code', (id, tag) => answered(id, tag, octets('0'), octets(''), octets(''))],
  ['a code that is too long', (id, tag) => answered(id, tag, text(0x0a, 1, 2, 3, 4, 5), octets(''), octets(''))],
  ['a name that is a number', (id, tag) => answered(id, tag, code, integer(1), octets(''))],
  ['words that are a number', (id, tag) => answered(id, tag, code, octets(''), integer(1))],
  ['a length of 127 bytes', (id, tag) => answered(id, tag, code, Buffer.from([0x04, 0xff, 0, 0, 0]))],
  ['a length that never ends', (id, tag) => answered(id, tag, code, Buffer.from([0x04, 0x80, 0, 0, 0]))],
];

test.each(mangled)('a search that is answered with %s', async (_what, answer) => {
  server.answer = (socket, id) => void socket.write(answer(id, 0x65));
  await expect(session.search({ base: 'dc=x', scope: 'sub', attributes: ['cn'] })).rejects.toThrow(SystemUnavailable);
  server.answer = (socket, id) => void socket.write(Buffer.concat([searchEntry(id, 'cn=a,dc=x', { cn: ['a'] }), searchDone(id)]));
  expect(await session.search({ base: 'dc=x', scope: 'sub', attributes: ['cn'] })).toMatchObject([{ dn: 'cn=a,dc=x' }]);
});

test.each(mangled)('a change that is answered with %s', async (_what, answer) => {
  server.change = (socket, id) => void socket.write(answer(id, 0x67));
  const change = new Change({ operation: 'add', modification: new Attribute({ type: 'member', values: ['cn=b'] }) });
  await expect(session.modify('cn=a,dc=x', [change])).rejects.toThrow(SystemUnavailable);
  server.change = (socket, id) => void socket.write(answered(id, 0x67, code, octets(''), octets('')));
  await session.modify('cn=a,dc=x', [change]);
});

test('what waits behind an answer that cannot be read does not wait until its time is over', async () => {
  server.answer = (socket, id) => {
    if (id % 2 === 1) socket.write(mangled[0]?.[1](id, 0x65) ?? Buffer.alloc(0));
  };
  const both = ['cn', 'sn'].map((attribute) => session.search({ base: 'dc=x', scope: 'sub', attributes: [attribute] }));
  const ends = await Promise.allSettled(both);
  expect(ends.map((end) => end.status === 'rejected' && end.reason instanceof SystemUnavailable)).toEqual([true, true]);
});
