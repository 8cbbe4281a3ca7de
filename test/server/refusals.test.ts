/** Anyone who is not authorized is refused on every path: the endpoint, a signal to Temporal, or a workflow started there (R3). Nothing changes in the real database. */
import { shownOf } from '../../domain/authority/proposals.ts';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSealer, type Sealer } from '../../api/seal.ts';
import { engineTaskQueue, type MessageOf } from '../../domain/messages.ts';
import { waveSection, type RolePackageInput, type WaveInput } from '../../domain/plan/section.ts';
import type { PlanClock } from '../../domain/time/plan-clock.ts';
import type { FailureType } from '../../activities/contract.ts';
import { asHeld } from './erp.ts';
import { erpPlan, planDayMs } from './plan.ts';
import { startSite, type Site } from './site.ts';

const signOffs = '/v1/packages/guarded/wave-1/access/sign-offs';
const wrong = 'a'.repeat(64);

let site: Site;
/** Someone who can reach the namespace, but whose key is not trusted. */
let attacker: Sealer;
let accounts: string[];
let atFirst: string[];
let shown: Digests;
interface Digests {
  planDigest: string;
  previewDigest: string;
}
const approval = (digests: Digests = shown): MessageOf<'signOff'>['body'] => ({ decision: 'approve', ...digests });

beforeAll(async () => {
  site = await startSite();
  const { home } = site.api.config;
  attacker = await openSealer({ signingKeyFile: join(home, 'attacker.json'), trustedKeysFile: join(home, 'attackers.json') });
  accounts = await site.erp.people('amy', 'bob');
  shown = await prepared('guarded');
  atFirst = await everything();
});
afterAll(() => site?.close());

/** Applies a plan that grants two roles and retires one. It is released as soon as its owner signs. */
async function prepared(id: string): Promise<Digests> {
  const roles = await site.erp.roles([`${id}_clerk`, `${id}_reader`]);
  const legacy = await site.erp.roles([`${id}_old_reader`]);
  await site.erp.run(`grant "${legacy[0]}" to "${accounts[0]}" granted by "${site.erp.svc}"`);
  await site.apply(erpPlan(id, { accounts, roles, legacy, length: '60d' }));
  const digests = await site.prepare(id);
  await site.untilWave(id, ({ packages: [entry], clock }) => planNow(clock!) > entry!.goLiveMs!);
  return digests;
}

const planNow = ({ epochMs, anchorMs, dayMs }: PlanClock) => epochMs + ((Date.now() - anchorMs) * planDayMs) / dayMs;
const everything = async () => (await site.erp.memberships()).map(asHeld);

/** The go-live has passed and the release waits only for a sign-off, so one that counted would show. */
async function nothingHappened(id = 'guarded', before = atFirst): Promise<void> {
  expect((await site.wave(id)).packages[0]).toMatchObject({ blockers: [{ code: 'signOff', person: 'olga' }], signOffs: [] });
  expect(await site.store.ledger(site.of(id))).toEqual([]);
  expect(await everything()).toEqual(before);
}

test('over HTTP, a request with no token, or with one that the endpoint did not issue, is not authenticated', async () => {
  const olga = await tokenOf('olga');
  const [header, payload, signature] = olga.split('.');
  const asAnother = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), sub: 'otto' })).toString('base64url');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const unauthenticated: [string, string | undefined, string][] = [
    ['no token', undefined, 'no-token'],
    ['a payload that was changed', `${header}.${asAnother}.${signature}`, 'bad-token'],
    ['no signature', unsigned, 'bad-token'],
    [
      "the seal of a message, which is not a person's token",
      await site.sealer.seal(site.message('guarded', 'olga', 'note', { text: 'hello' }, 'not-a-token')),
      'bad-token',
    ],
  ];
  for (const [who, token, code] of unauthenticated) {
    const response = await fetch(site.api.url + signOffs, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(approval()),
    });
    expect([response.status, await response.json()], who).toMatchObject([401, { code }]);
  }
  await nothingHappened();
});

test('over HTTP, a sign-off by the wrong person, or for something other than what was shown, is refused with the reason', async () => {
  const refused: [string, object, number, string][] = [
    ['ines', approval(), 403, 'not-authorized'],
    ['otto', approval(), 403, 'not-authorized'],
    ['olga', { ...approval(), planDigest: wrong }, 409, 'stale-digest'],
    ['olga', { ...approval(), previewDigest: wrong }, 409, 'stale-digest'],
    ['olga', { decision: 'approve' }, 422, 'malformed'],
    ['olga', { ...approval(), decision: 'reject' }, 409, 'missing-field'],
  ];
  for (const [by, body, status, code] of refused) {
    const answered = await site.api.send(by, 'POST', signOffs, body);
    expect([answered.status, answered.body], `${by} ${JSON.stringify(body)}`).toMatchObject([status, { code, detail: expect.any(String) }]);
  }
  expect((await site.api.send('olga', 'POST', '/v1/packages/guarded/wave-1/nothing/sign-offs', approval())).status).toBe(404);
  await nothingHappened();
});

test('forged, unsigned, altered, misdirected and mangled messages to Temporal are recorded as refused and change nothing', async () => {
  const wave = site.waveHandle('guarded');
  const own = await site.sealer.seal(site.message('guarded', 'otto', 'signOff', approval(), 'sealed-for-otto'));
  const [header, payload, signature] = own.split('.');
  const altered = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), by: 'olga' })).toString('base64url');
  const forged = await attacker.seal(site.message('guarded', 'olga', 'signOff', approval(), 'sealed-by-the-attacker'));
  const inItsName = `${header}.${forged.split('.')[1]}.${forged.split('.')[2]}`;
  const none = `${Buffer.from(JSON.stringify({ alg: 'none', kid: site.sealer.kid, typ: 'rolewave+jws' })).toString('base64url')}.${altered}.`;
  const elsewhere = await site.sealer.seal({ ...site.message('guarded', 'olga', 'signOff', approval(), 'sealed-for-another'), plan: 'other' });
  for (const jws of [forged, inItsName, `${header}.${altered}.${signature}`, `${header}.${altered}.`, none, elsewhere, own, 'hello', '']) {
    await wave.signal('signOff', jws);
    await expect(
      wave.executeUpdate<{ accepted: boolean }, [string]>('signOff', { args: [jws] }).then(
        ({ accepted }) => accepted,
        () => false,
      ),
      jws,
    ).resolves.toBe(false);
  }
  await wave.signal('signOff', { decision: 'approve' });
  const { refusals } = await site.untilWave('guarded', (view) => view.refusals.length >= 10);
  expect(refusals.map(({ code }) => code)).toEqual(expect.arrayContaining(['unknown-key', 'bad-signature', 'malformed', 'wrong-address', 'not-authorized']));
  expect(await site.store.messages({ plan: 'guarded', wave: 'wave-1', type: 'signOff' })).toEqual([]);
  await nothingHappened();
});

test('a rolePackage that is started directly, without sign-offs, fails visibly and grants nothing', async () => {
  const input = await releaseInput();
  const start = (workflowId: string) => site.api.client.workflow.start('rolePackage', { workflowId, taskQueue: engineTaskQueue, args: [input] });
  await isRefused((await start('stray/access')).result(), 'WrongWorkflow');
  await isRefused((await start('guarded/wave-1/access')).result(), 'NotCoveredBySignOffs');
  await nothingHappened();
});

test("a stray wave of an attacker fails at its first record, and the package that it would start grants nothing for the attacker's sign-off", async () => {
  const digests = await prepared('tempted');
  const before = await everything();
  const revision = (await site.store.latestRevision('tempted'))!;
  const input: WaveInput = { section: waveSection(revision.document, revision.number, 'wave-1'), clock: revision.clock! };
  const wave = await site.api.client.workflow.start('wave', { workflowId: 'stray/wave', taskQueue: engineTaskQueue, args: [input] });
  const jws = await attacker.seal(site.message('tempted', 'olga', 'signOff', approval(digests), 'stray-sign-off'));
  await wave.signal('signOff', jws).catch(() => undefined);
  await isRefused(wave.result(), 'WrongWorkflow');
  const released = await releaseInput('tempted');
  const handle = await site.api.client.workflow.start('rolePackage', {
    workflowId: 'tempted/wave-1/access',
    taskQueue: engineTaskQueue,
    args: [released],
  });
  await isRefused(handle.result(), 'NotCoveredBySignOffs');
  expect(await site.store.messages({ plan: 'tempted', type: 'signOff' })).toEqual([]);
  await nothingHappened('tempted', before);
});

test('once its owner signs over HTTP, the package is released, and no forged message rolls it back', async () => {
  await site.ask('olga', 'POST', signOffs, approval());
  await site.untilPackage('guarded', ({ grants }) => grants.created === 4 && grants.legacyRetired === 1);
  const granted = await everything();
  expect(granted).not.toEqual(atFirst);
  const released = site.packageHandle('guarded');
  await released.signal('abort', await attacker.seal(site.message('guarded', 'olga', 'abort', { reason: 'x' }, 'stray-abort')));
  await released.signal('rollback', await attacker.seal(site.message('guarded', 'olga', 'rollback', { reason: 'x' }, 'stray-rollback')));
  const otto = await site.api.send('otto', 'POST', '/v1/packages/guarded/wave-1/access/abort', { reason: 'x' });
  expect([otto.status, otto.body['code']]).toEqual([403, 'not-authorized']);
  await site.tell('ines', 'guarded', 'rollback', { reason: 'an incident' });
  const { proposal, refusals } = await site.untilPackage('guarded', (seen) => seen.proposal?.kind === 'rollback' && seen.proposal.dependencies !== undefined);
  // An operator may propose a rollback, but only the owner may approve it.
  const ines = await site.api.send('ines', 'POST', '/v1/packages/guarded/wave-1/access/decisions', { ...shownOf(proposal!), answer: 'approve', reason: 'x' });
  expect([ines.status, ines.body['code']]).toEqual([403, 'not-authorized']);
  await released.signal(
    'decide',
    await attacker.seal(site.message('guarded', 'olga', 'decide', { ...shownOf(proposal!), answer: 'approve', reason: 'x' }, 'stray-approval')),
  );
  await site.untilPackage(
    'guarded',
    (seen) => seen.refusals.filter(({ code }) => code === 'unknown-key').length === 3 || seen.refusals.length > refusals.length,
  );
  expect(await site.package('guarded')).toMatchObject({ state: 'Rollback ready' });
  expect(await everything()).toEqual(granted);
});

const isRefused = (result: Promise<unknown>, type: FailureType) =>
  expect(result).rejects.toSatisfy((error) => error instanceof WorkflowFailedError && typesIn(error.cause).includes(type));

/** Of the failure and of what caused it. */
function typesIn(error: unknown): unknown[] {
  return error instanceof Error ? [(error as { type?: string }).type, ...typesIn(error.cause)] : [];
}

async function releaseInput(id = 'guarded'): Promise<RolePackageInput> {
  const revision = (await site.store.latestRevision(id))!;
  const { packages, operators, notices, blackouts } = waveSection(revision.document, revision.number, 'wave-1');
  const { preview, previewDigest } = (await site.wave(id)).packages[0]!;
  return {
    plan: id,
    wave: 'wave-1',
    revision: revision.number,
    section: packages[0]!,
    operators,
    notices,
    blackouts,
    clock: revision.clock!,
    release: { previewDigest: previewDigest!, parts: preview!, baseline: {}, goLiveMs: Date.now() },
  };
}

async function tokenOf(person: string): Promise<string> {
  const response = await fetch(`${site.api.url}/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
  });
  return ((await response.json()) as { token: string }).token;
}
