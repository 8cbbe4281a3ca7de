/** What servers do that no real one of the tests can be made to do: limit their rate, lose answers, refuse, lie, and try to get at the token. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { scimSettings, tokens } from '../../test/support/scim-server.ts';
import { startScripted, type Answering, type Asked, type Scripted } from '../../test/support/scim-scripted.ts';
import type { Connector } from '../connector.ts';
import { scimConnector } from './connector.ts';
import type { ScimSettings } from './settings.ts';

let server: Scripted;
let opened: Connector[] = [];
beforeEach(async () => {
  server = await startScripted(['ann', 'ben'], ['clerk', 'reader']);
});
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()));
  opened = [];
  await server.stop();
});

const open = (change: Partial<ScimSettings> = {}, options: Parameters<typeof scimConnector>[1] = {}): Connector => {
  const connector = scimConnector(scimSettings(server, change), { settleMs: 0, readAgainMs: [0], ...options });
  opened.push(connector);
  return connector;
};
const isPatch = ({ method }: Asked) => method === 'PATCH';
/** The first `times` requests of a kind; all of them where it says nothing. */
const answerOnce = (isMeant: (asked: Asked) => boolean, answer: Answering, times = 1) => {
  let left = times;
  server.answer = (asked, response) => (isMeant(asked) && left-- > 0 ? answer(asked, response) : undefined);
};
const errorOf = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    (answer) => new Error(`it was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error as Error,
  );
const everythingOf = (error: unknown): string => JSON.stringify(error, [...Object.getOwnPropertyNames(error), 'cause', 'message', 'stack', 'code', 'errors']);

describe('a server that limits its rate', () => {
  test('is asked again as soon as it says, also in the middle of a grant', async () => {
    answerOnce(
      () => true,
      () => ({ status: 429, headers: { 'retry-after': '0' } }),
      2,
    );
    expect((await open().snapshot(['clerk'], ['ann'])).accounts).toMatchObject([{ account: 'ann' }]);
    answerOnce(isPatch, () => ({ status: 429, headers: { 'retry-after': '0' } }));
    expect(await oneByOne(open()).grant('clerk', 'ann')).toMatchObject({ outcome: 'created' });
    expect(server.members.get('clerk')).toEqual(['ann']);
  });

  test('is left alone for as long as it says, and everything is tried again later', async () => {
    const connector = open();
    await connector.place();
    for (const header of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const limited = open();
      answerOnce(
        (asked) => asked.path.startsWith('Groups'),
        () => ({ status: 429, headers: { 'retry-after': header } }),
      );
      await expect(limited.snapshot(['clerk'], [])).rejects.toThrow(/asks to be left alone for \d+ seconds/);
      const asked = server.asked.length;
      await expect(limited.snapshot(['clerk'], [])).rejects.toThrow(SystemUnavailable);
      expect(server.asked).toHaveLength(asked);
    }
  });

  test('or is away for a moment is asked again, and a question that is never answered is tried again later', async () => {
    answerOnce(
      (asked) => asked.path.startsWith('Users'),
      () => ({ status: 503, headers: { 'retry-after': '0' } }),
      2,
    );
    expect((await open().snapshot([], ['ann'])).accounts).toHaveLength(1);
    answerOnce(
      (asked) => asked.path.startsWith('Users'),
      () => ({ status: 503, headers: { 'retry-after': '0' } }),
      Infinity,
    );
    await expect(open().snapshot([], ['ann'])).rejects.toThrow(SystemUnavailable);
  });
});

describe('an answer that is lost', () => {
  test('after the change is found to be done by reading, and the grant is made once', async () => {
    answerOnce(isPatch, (asked, response) => {
      server.usual(asked);
      response.destroy();
      return 'handled';
    });
    expect(await oneByOne(open()).grant('clerk', 'ann')).toMatchObject({ outcome: 'created' });
    expect([server.members.get('clerk'), server.asked.filter(isPatch)]).toEqual([['ann'], [expect.anything()]]);
  });

  test.each([
    ['a lost line', undefined],
    ['status 500', 500],
    ['status 503', 503],
    ['a redirect', 307],
  ])('before the change (%s) is tried again, and it is known later that nothing happened', async (_what, status) => {
    answerOnce(isPatch, (_asked, response) => {
      if (status !== undefined) return { status, headers: { location: '/elsewhere' } };
      response.destroy();
      return 'handled';
    });
    const connector = open({}, { settleMs: 500 });
    let transaction = '';
    await expect(connector.grant([{ role: 'clerk', account: 'ann' }], async (_told, id) => void (transaction = id ?? ''))).rejects.toThrow(SystemUnavailable);
    // The server may still be at it.
    expect(await connector.wasCommitted(transaction)).toBe('running');
    await expect.poll(() => connector.wasCommitted(transaction)).toBe('aborted');
    expect(await oneByOne(connector).grant('clerk', 'ann')).toMatchObject({ outcome: 'created' });
  });

  test('where others change the group, too, is not taken for done later', async () => {
    const connector = open({ groups: { name: 'displayName', soleWriter: false } });
    let transaction = '';
    await connector.grant([{ role: 'clerk', account: 'ann' }], async (_told, id) => void (transaction = id ?? ''));
    expect(await connector.wasCommitted(transaction)).toBe('unknown');
  });

  test('is never waited for again by a change that comes too late (R5)', async () => {
    const connector = open({}, { sentWithinMs: -1 });
    await expect(connector.grant([{ role: 'clerk', account: 'ann' }], unrecorded)).rejects.toThrow('too much time has passed');
    expect(server.asked.filter(isPatch)).toEqual([]);
  });

  test('of another process may still come for a while, and what is there is known at once', async () => {
    const transaction = (minutes: number, user = 'ann') =>
      JSON.stringify(['add', 'clerk', user, `${'0'.repeat(18)}.${(Date.now() - minutes * 60_000).toString(36)}.00`]);
    server.change('clerk', ['ben']);
    const connector = open();
    expect(await Promise.all([transaction(0), transaction(10), transaction(0, 'ben')].map((each) => connector.wasCommitted(each)))).toEqual([
      'running',
      'aborted',
      'committed',
    ]);
  });
});

describe('a server that refuses a change', () => {
  test('of one member is asked once; then it is known beforehand, and told in words', async () => {
    answerOnce(isPatch, () => ({ status: 400, body: { scimType: 'invalidValue', detail: 'no such user' } }), Infinity);
    const one = oneByOne(open());
    await expect(one.grant('clerk', 'ann')).rejects.toThrow(SystemUnavailable);
    expect(await one.grant('clerk', 'ann')).toEqual({ outcome: 'failed', why: "ann of 'clerk': the SCIM server answered status 400 (invalidValue)" });
    await expect(one.grant('clerk', 'ben')).rejects.toThrow(SystemUnavailable);
    expect(server.asked.filter(isPatch)).toHaveLength(2);
  });

  test('of a group is asked once for all its members', async () => {
    answerOnce(isPatch, () => ({ status: 403 }), Infinity);
    const one = oneByOne(open());
    await expect(one.grant('clerk', 'ann')).rejects.toThrow(SystemUnavailable);
    for (const account of ['ann', 'ben'])
      expect(await one.grant('clerk', account)).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/'clerk'.*status 403.*change members/) });
    expect(server.asked.filter(isPatch)).toHaveLength(1);
  });

  test('without saying so is noticed by reading: twice, and it is a refusal', async () => {
    answerOnce(isPatch, () => ({ status: 200, body: {} }), Infinity);
    const one = oneByOne(open());
    for (const words of ['and it was not', 'and it was not']) await expect(one.grant('clerk', 'ann')).rejects.toThrow(words);
    expect(await one.grant('clerk', 'ann')).toMatchObject({ outcome: 'failed', why: expect.stringContaining('reading it again does not show it') });
  });
});

describe('a server that compares versions', () => {
  const grantWhile = (connector: Connector, meanwhile: () => void) => connector.grant([{ role: 'clerk', account: 'ann' }], async () => meanwhile());

  test('changes nothing that was decided on what somebody else has changed since', async () => {
    await expect(grantWhile(open(), () => server.change('clerk', ['ann']))).rejects.toThrow('by somebody else at the same time: nothing was changed');
    expect(server.members.get('clerk')).toEqual(['ann']);
  });

  test('is asked again where somebody else has changed other members', async () => {
    expect(await grantWhile(open(), () => server.change('clerk', ['ben']))).toMatchObject([{ outcome: 'created' }]);
    expect(server.members.get('clerk')).toEqual(['ben', 'ann']);
  });

  test('and never takes its own is asked without', async () => {
    server.answer = (asked) => (isPatch(asked) && asked.headers['if-match'] !== undefined ? { status: 412 } : undefined);
    expect(await oneByOne(open()).grant('clerk', 'ann')).toMatchObject({ outcome: 'created' });
  });
});

test('of a user who was removed, and whom the server leaves in the group, what Rolewave granted is taken out all the same', async () => {
  const one = oneByOne(open());
  const ours = await one.granted('clerk', 'ann');
  server.change('clerk', ['ann', 'ben']);
  server.answer = ({ path }) =>
    path.startsWith('Users/ann') ? { status: 404 } : path.startsWith('Users?') ? { status: 200, body: { totalResults: 0 } } : undefined;
  const [now] = (await open().snapshot(['clerk'], [])).grants;
  expect(now).toMatchObject({ account: 'ann', accountId: ours.accountId });
  expect([await one.revoke(now ?? ours), server.members.get('clerk'), await one.revoke(ours)]).toEqual([{ outcome: 'revoked' }, ['ben'], { outcome: 'gone' }]);
});

describe('a hostile server', () => {
  test('that refers to another address does not get the token there', async () => {
    const seen: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 303, 307, 308]) {
      server.answer = () => ({ status, headers: { location } });
      const refused = await errorOf(open().snapshot(['clerk'], []));
      expect(refused).toBeInstanceOf(SystemUnavailable);
      expect(refused.message).toContain('put the final address into the connection string');
    }
    expect(seen).toEqual([]);
    elsewhere.close();
  });

  test.each([200, 201, 400, 401, 403, 404, 409, 418, 500, 501])('that repeats the token with status %i finds it in no error', async (status) => {
    const echo: Answering = ({ headers }) => ({
      status,
      headers: { etag: `"${headers.authorization}"` },
      body: {
        detail: headers.authorization,
        scimType: headers.authorization,
        totalResults: headers.authorization,
        members: headers.authorization,
        id: headers.authorization,
        displayName: headers.authorization,
      },
    });
    for (const isMeant of [() => true, isPatch, ({ path }: Asked) => path.startsWith('Groups/'), ({ path }: Asked) => path.startsWith('Users')]) {
      answerOnce(isMeant, echo, Infinity);
      const connector = open();
      for (const work of [
        () => connector.snapshot(['clerk'], ['ann', 'ben']),
        () => connector.check(['clerk']),
        () => connector.grant([{ role: 'clerk', account: 'ann' }], unrecorded),
        () => connector.grant([{ role: 'clerk', account: 'ann' }], unrecorded),
        () => connector.wasCommitted('no transaction'),
      ]) {
        const said = await work().catch((error: unknown) => everythingOf(error));
        expect(JSON.stringify(said)).not.toContain(tokens.rolewave);
      }
    }
  });

  test('whose answer never ends is not listened to', { timeout: 60_000 }, async () => {
    server.answer = (_asked, response) => {
      const chunk = Buffer.alloc(1_048_576, ' ');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
      return 'handled';
    };
    await expect(open().snapshot(['clerk'], [])).rejects.toThrow('more than 64 MB');
  });

  test('whose answer never comes is waited for so long', async () => {
    server.answer = (_asked, response) => {
      response.write('{');
      return 'handled';
    };
    await expect(open({}, { answerMs: 200 }).snapshot(['clerk'], [])).rejects.toThrow('it did not answer in time');
  });

  test.each([
    ['no JSON', 'Groups/', '<html>'],
    ['members that are no list', 'Groups/', { id: 'clerk', displayName: 'clerk', members: 'ann' }],
    ['members without ids', 'Groups/', { id: 'clerk', displayName: 'clerk', members: [{ display: 'ann' }] }],
    ['another group', 'Groups/', { id: 'reader', displayName: 'clerk', members: [] }],
    ['no list', 'Groups?', { Resources: 1 }],
    ['a list that ends early', 'Groups?', { totalResults: 2, Resources: [{ id: 'clerk', displayName: 'clerk' }] }],
    ['a list of ids that lead elsewhere', 'Groups?', { totalResults: 1, Resources: [{ id: '..', displayName: 'clerk' }] }],
  ])('that answers %s is an error, and no group without members', async (_what, path, body) => {
    answerOnce(
      (asked) => asked.path.startsWith(path),
      () => ({ status: 200, body }),
      Infinity,
    );
    const refused = await errorOf(open().snapshot(['clerk'], []));
    expect(refused).toBeInstanceOf(SystemUnavailable);
    expect(refused.message).toMatch(/group|Groups/);
  });

  test('that answers other users than were asked for has its answers left out', async () => {
    answerOnce(
      (asked) => asked.path.startsWith('Users?'),
      () => ({ status: 200, body: { totalResults: 1, Resources: [{ id: 'ben', userName: 'ANN' }] } }),
      Infinity,
    );
    expect(await open().snapshot([], ['ann'])).toMatchObject({ accounts: [], unknownAccounts: ['ann'] });
  });
});

test('two groups or two people of one name are an error that names both', async () => {
  const both = (name: string) => ({ status: 200, body: { totalResults: 2, Resources: ['x1', 'x2'].map((id) => ({ id, displayName: name, userName: name })) } });
  answerOnce(
    (asked) => asked.path.startsWith('Groups?'),
    () => both('clerk'),
    Infinity,
  );
  await expect(open().snapshot(['clerk'], [])).rejects.toThrow("two groups are called 'clerk': x1 and x2");
  answerOnce(
    (asked) => asked.path.startsWith('Users?'),
    () => both('ann'),
    Infinity,
  );
  await expect(open().snapshot([], ['ann'])).rejects.toThrow("two accounts are called 'ann': x1 and x2");
});

test('a member that is no user is shown by its id, and never by the name that the server gives it', async () => {
  server.members.set('clerk', ['no-user']);
  expect((await open().snapshot(['clerk'], [])).grants).toEqual([{ role: 'clerk', account: 'no-user', options: {}, roleId: 'clerk', accountId: 'no-user' }]);
});

test('a server that filters nothing is read whole', async () => {
  server.answer = (asked) => {
    if (asked.path === 'ServiceProviderConfig') return { status: 404 };
    return asked.path.includes('filter=') ? { status: 501 } : undefined;
  };
  const one = oneByOne(open());
  expect(await one.grant('clerk', 'ann')).toMatchObject({ outcome: 'created' });
});

describe('where others change the groups, too', () => {
  test('grants, and leaves what it cannot tell from an access of somebody else (R1)', async () => {
    const one = oneByOne(open({ groups: { name: 'displayName', soleWriter: false } }));
    const ours = await one.granted('clerk', 'ann');
    expect(ours).not.toHaveProperty('id');
    expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('cannot be told in SCIM') });
    expect(server.members.get('clerk')).toEqual(['ann']);
  });

  test('the doctor says so', async () => {
    const { lines } = await open({ groups: { name: 'displayName', soleWriter: false } }).check(['clerk']);
    expect(lines.filter(({ state }) => state !== 'ok')).toEqual([
      { state: 'warning', text: expect.stringContaining('not encrypted'), fix: expect.any(String) },
      { state: 'warning', text: expect.stringContaining('does not show who granted something'), fix: expect.stringContaining('groups.soleWriter') },
    ]);
  });
});

test('the doctor says what a server without PATCH, filters and versions cannot do', async () => {
  answerOnce(
    ({ path }) => path === 'ServiceProviderConfig',
    () => ({ status: 200, body: { patch: { supported: false } } }),
    Infinity,
  );
  expect(await oneByOne(open()).grant('clerk', 'ann')).toMatchObject({ outcome: 'failed', why: expect.stringContaining('has no PATCH') });
  const { lines } = await open().check(['clerk', 'nothing']);
  expect(lines.map(({ state, text }) => `${state}: ${text}`)).toEqual([
    'ok: the SCIM server answers; Rolewave is let in with its bearer token',
    expect.stringContaining('warning: the connection is not encrypted'),
    expect.stringContaining('wrong: the server says that it has no PATCH'),
    expect.stringContaining('warning: the server says that it does not filter'),
    expect.stringContaining('warning: the server does not compare versions'),
    expect.stringContaining('wrong: role clerk cannot be granted'),
    'wrong: role nothing does not exist',
  ]);
});
