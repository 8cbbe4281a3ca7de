/**
 * A role that is already live is observed from the command to the end of its watch, through a proxy that records every statement. Only reads are sent,
 * both with a login that can only read and with a superuser, and the same people hold the same access afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSealer } from '../../api/seal.ts';
import { run } from '../../cli/program.ts';
import { testIo } from '../support/command-io.ts';
import { openStore } from '../../store/open.ts';
import { startEndpoint } from '../support/endpoint.ts';
import { siteSystem } from '../support/site.ts';
import { recordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';
import { startErp, type Erp } from './erp.ts';
import { patienceMs, Site } from './site.ts';

let site: Site;
let erp: Erp;
let folder: string;
const proxies: Record<string, RecordingProxy> = {};

beforeAll(async () => {
  const [api, startedErp, made] = await Promise.all([startEndpoint(), startErp(), mkdtemp(join(tmpdir(), 'rolewave-observe-'))]);
  [erp, folder] = [startedErp, made];
  const [reader] = await erp.people('reader');
  const superuser = erp.of('chief');
  await erp.run(`create role ${escapeIdentifier(superuser)} superuser login password 'only-for-tests'`);
  const urlAs = (login: string) => Object.assign(new URL(erp.url), { username: login, password: 'only-for-tests' }).href;
  proxies['READER_DATABASE_URL'] = await recordingProxy(urlAs(reader!));
  proxies['CHIEF_DATABASE_URL'] = await recordingProxy(urlAs(superuser));
  site = new Site(api, erp, await openStore(api.config.databaseUrl, { migrate: true }), await openSealer(api.config));
  await api.changeSite({
    // One server, by two proxies.
    systems: [{ id: 'reader' }, { id: 'chief', sameAs: 'reader' }].map(({ id, ...same }) =>
      siteSystem(id, { kind: 'postgres', readOnly: true, connection: { env: `${id.toUpperCase()}_DATABASE_URL` }, ...same }),
    ),
  });
  site.workerEnv = Object.fromEntries(Object.entries(proxies).map(([name, { url }]) => [name, url]));
  await site.startWorker();
});
afterAll(async () => {
  await site?.stopWorker();
  for (const proxy of Object.values(proxies)) await proxy.close();
  if (erp) await erp.run(`drop role if exists ${escapeIdentifier(erp.of('chief'))}`);
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

async function rolewave(...args: string[]) {
  const io = testIo({ env: { ...site.workerEnv, ROLEWAVE_URL: site.api.url } });
  const code = await run(['--as', 'olga', ...args], io);
  return { code, said: [...io.written, ...io.errors].join('\n') };
}

async function done(...args: string[]): Promise<string> {
  const { code, said } = await rolewave(...args);
  if (code !== 0) throw new Error(`rolewave ${args.join(' ')} ended with ${code}: ${said}`);
  return said;
}

interface Shown {
  running: { state: string; proposal?: { id: string; kind: string; why: string }; lastVerdict?: { kind: string }; endedWhy?: string } | null;
  evaluations: { driftLines: string[] }[];
}
async function until(target: string, shows: (seen: Shown) => unknown): Promise<Shown> {
  let seen: Shown | undefined;
  await expect
    .poll(
      async () => {
        const { code, said } = await rolewave('show', target, '--json');
        if (code !== 0) return said;
        seen = JSON.parse(said) as Shown;
        return Boolean(shows(seen)) || seen.running;
      },
      { timeout: patienceMs, interval: 300 },
    )
    .toBe(true);
  return seen as Shown;
}

/** Observes a role from the first reading to the last, and tries everything that would change the access of a released package. */
async function observed(variable: string, name: string): Promise<void> {
  const [ann, ben, intruder] = (await erp.people(`ann_${name}`, `ben_${name}`, `intruder_${name}`)) as [string, string, string];
  const [role] = (await erp.roles([`clerk_${name}`])) as [string];
  const q = escapeIdentifier;
  // The login that created the role administers it, and holds it too.
  await erp.run(`grant ${q(role)} to ${q(ann)}, ${q(ben)}; create table books_${name} (id int); grant select on books_${name} to ${q(role)}`);
  const plan = `observe-${name}`;
  const target = `${plan}/observe/${role}`;
  const file = join(folder, `${plan}.yaml`);

  await done('observe', role, '--database-env', variable, '--owner', 'olga', '--plan', plan, '--apply', '--out', file);
  expect(await done('plan', file)).toContain('would grant and retire nothing, with 3 already granted');
  await until(target, ({ running }) => running?.state === 'Monitoring');

  // What others change in the meantime is drift: one person loses the role, one gets it, and the role itself changes.
  await erp.run(`revoke ${q(role)} from ${q(ben)}; grant ${q(role)} to ${q(intruder)}; grant insert on books_${name} to ${q(role)}`);
  const before = await erp.memberships();
  await done('evaluate', target);
  const { evaluations, running } = await until(target, (seen) => seen.running?.proposal);
  expect(evaluations.at(-1)?.driftLines).toEqual([
    expect.stringContaining('role content'),
    expect.stringMatching(new RegExp(`^\\w+: unreviewed: '${intruder}' has`)),
    expect.stringMatching(new RegExp(`^\\w+: missing: '${ben}' does not have`)),
  ]);

  const refused = { code: 3, said: expect.stringContaining('only observed') };
  expect(running?.proposal?.kind).not.toBe('question');
  expect(await rolewave('decide', target, 'approve', '--reason', 'do it')).toEqual({ ...refused, code: 2 });
  expect(await rolewave('tune', target, '--step', 'reconcile', '--reason', 'do it')).toEqual(refused);
  expect(await rolewave('rollback', target, '--reason', 'revoke it')).toEqual(refused);
  await rolewave('rollback', target, '--preview');
  await done('decide', target, 'keep', '--reason', 'it is known');
  await done('abort', target, '--reason', 'seen enough', '--yes');
  await until(target, (seen) => seen.running?.endedWhy?.includes('nothing was changed'));
  expect(await erp.memberships()).toEqual(before);
}

test('an observed watch sends only reads and changes nothing, both with a login that can only read and with a superuser', async () => {
  const rows = async (sql: string) => {
    const client = new Client({ connectionString: proxies['CHIEF_DATABASE_URL']!.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  const [may] = await rows(
    `select rolsuper, rolcreaterole, rolcreatedb, (select count(*)::int from pg_auth_members where member = oid) as memberships from pg_roles where rolname = '${erp.of('reader')}'`,
  );
  expect(may).toEqual({ rolsuper: false, rolcreaterole: false, rolcreatedb: false, memberships: 0 });
  for (const proxy of Object.values(proxies)) proxy.statements.length = proxy.sessions.length = 0;

  await observed('READER_DATABASE_URL', 'one');
  await observed('CHIEF_DATABASE_URL', 'two');

  for (const [name, { statements, sessions, others }] of Object.entries(proxies)) {
    expect(others, name).toEqual([]);
    expect(sessions.length, name).toBeGreaterThan(1);
    for (const session of sessions) expect(session['options'], name).toBe('-c default_transaction_read_only=on');
    // The previews, the evaluations and everything that was tried really went through the proxy.
    expect(statements.filter((statement) => statement.includes('pg_auth_members')).length, name).toBeGreaterThan(5);
    expect(
      statements.flatMap(single).filter((statement) => !isRead(statement)),
      name,
    ).toEqual([]);
  }
});

test.each([
  'grant a to b',
  'begin',
  'begin transaction isolation level read committed read write',
  'set local role postgres',
  'set transaction read write',
  "select set_config('transaction_read_only', 'off', true)",
  'with gone as (delete from x returning 1) select * from gone',
  'select * from x for update',
  'select * into y from x',
  'select pg_advisory_xact_lock(1)',
  'copy x from stdin',
  'do $$ begin end $$',
  'explain analyze delete from x',
  'call p()',
])('a statement that changes something does not count as a read: %s', (statement) => {
  expect(single(`select 1; ${statement}`).every(isRead)).toBe(false);
});

/** The statements of one message, without quoted names and strings, which are not SQL keywords. */
function single(message: string): string[] {
  return message
    .replace(/--[^\n]*|\/\*.*?\*\//gs, ' ')
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/"(?:[^"]|"")*"/g, '""')
    .split(';')
    .map((statement) => statement.replace(/\s+/g, ' ').trim().toLowerCase())
    .filter((statement) => statement !== '');
}

function isRead(statement: string): boolean {
  if (
    /^(commit|rollback|reset all|savepoint \w+|rollback to savepoint \w+|show \w+|begin transaction isolation level repeatable read read only)$/.test(statement)
  )
    return true;
  if (
    /^set local (statement_timeout|lock_timeout|idle_in_transaction_session_timeout|standard_conforming_strings|client_min_messages|timezone|search_path) = /.test(
      statement,
    )
  )
    return true;
  if (/^set local enable_seqscan (= off|to default)$/.test(statement)) return true;
  // A limit of the statement's own, which a server before version 14 does not have.
  if (statement === "select pg_catalog.set_config(name, '', true) from pg_catalog.pg_settings where name = ''") return true;
  if (!/^(select|with)\b/.test(statement)) return false;
  const changing = /\b(insert|update|delete|merge|into|grant|revoke|create|alter|drop|truncate|copy|call|lock|for (update|share|no key|key))\b/;
  const functions =
    /\b(set_config|nextval|setval|pg_\w*lock\w*|pg_(terminate|cancel)\w*|pg_(read|write|reload|rotate|promote|switch)\w*|lo_\w+|dblink\w*|pg_notify)\b/;
  return !changing.test(statement) && !functions.test(statement);
}
