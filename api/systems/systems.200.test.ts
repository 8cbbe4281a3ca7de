import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { openStore } from '../../store/open.ts';
import { testIo } from '../../test/support/command-io.ts';
import { planText, startEndpoint, type Endpoint } from '../../test/support/endpoint.ts';
import { startPeer } from '../../test/support/peer.ts';
import { siteSystem } from '../../test/support/site.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    {},
    {
      administrators: { people: ['ines'] },
      systems: [siteSystem('erp'), siteSystem('hr')],
      plans: [{ plan: 'test', read: { people: ['hugo'] }, systems: [{ system: 'erp' }] }],
    },
  );
  const store = await openStore(api.config.databaseUrl, { migrate: true });
  await store.saveServerRecord('scim:a', 'erp', {
    server: 'SCIM 2.0',
    atMs: Date.parse('2027-03-01T12:00:00Z'),
    findings: { addAgain: { is: 'doubles', by: 'measured' } },
  });
  await store.close();
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
});
afterAll(() => api?.close());

test('each person sees the systems of the plans that the site lets them read, with what was measured', async () => {
  const server = {
    name: 'SCIM 2.0',
    at: '2027-03-01T12:00:00.000Z',
    findings: { addAgain: { is: 'doubles', by: 'measured' } },
    lines: ['lists a holder twice who is added again, and one removal takes both (measured)'],
  };
  const erp = { id: 'erp', kind: 'none', server };
  expect((await api.send('ines', 'GET', '/v1/systems')).body).toEqual([erp, { id: 'hr', kind: 'none' }]);
  expect((await api.send('hugo', 'GET', '/v1/systems')).body).toEqual([erp]);
  expect((await api.send('ann', 'GET', '/v1/systems')).body).toEqual([]);
  expect((await api.send('', 'GET', '/v1/systems')).status).toBe(401);
});

test('`rolewave systems` says it in sentences', async () => {
  const io = testIo({ env: { ROLEWAVE_URL: api.url } });
  expect(await run(['--as', 'ines', 'systems'], io)).toBe(0);
  const written = io.written.join('\n');
  expect(written).toContain('erp (none): SCIM 2.0, measured 2027-03-01');
  expect(written).toContain('  It lists a holder twice who is added again, and one removal takes both (measured).');
  expect(written).toContain('hr (none): nothing is on record about its server yet; that comes with the first preview');
});

test('`rolewave systems` says what is known of a server that is never measured, and what the site file says of the system', async () => {
  const findings = { regrant: { is: 'told', by: 'said' }, addOne: { is: 'leavesOthers', by: 'standard' } } as const;
  const server = { name: 'PostgreSQL 18.4', at: '2027-03-01T12:00:00.000Z', findings, lines: ['adds one holder and leaves the others (documented)'] };
  const peer = await startPeer([]);
  try {
    const description = 'PostgreSQL 18.4, database erp';
    peer.will('GET /v1/systems', { status: 200, body: [{ id: 'erp', kind: 'postgres', description, terms: ['is opened read-only'], server }] });
    const io = testIo({ env: { ROLEWAVE_URL: peer.url, ROLEWAVE_TOKEN: 'x' } });
    expect(await run(['systems'], io)).toBe(0);
    expect(io.written.join('\n').split('\n')).toEqual([
      'erp (postgres): PostgreSQL 18.4, known by its version, read 2027-03-01 12:00 UTC, and documentation; nothing is measured',
      '  It adds one holder and leaves the others (documented).',
      '  The site file describes it as: PostgreSQL 18.4, database erp.',
      '  By the site file it is opened read-only.',
    ]);
  } finally {
    await peer.close();
  }
});

test('a scratch group that a probe could not remove is named', async () => {
  const store = await openStore(api.config.databaseUrl, { migrate: true });
  const problem = "group 'rolewave-probe-0123456789ab', which a probe created, could not be removed: no answer. It is removed before the next probe";
  await store.saveServerRecord('scim:hr', 'hr', { server: 'SCIM 2.0', atMs: 0, findings: {}, problem, left: 'rolewave-probe-0123456789ab' });
  await store.close();
  const io = testIo({ env: { ROLEWAVE_URL: api.url } });
  expect(await run(['--as', 'ines', 'systems'], io)).toBe(0);
  expect(io.written.join('\n')).toContain(`hr (none): SCIM 2.0, not measured: ${problem}`);
});
