/**
 * Two plans of two teams on one endpoint, with real tokens of an identity provider for every role of api/access-table.ts. Everything personal has a mark, by which
 * a test finds it in an answer: `zqc` the people of the package `clerk`, `zqr` those of `reader`, `zqs` those of `keeper`, `zqd` those who decide, and `xk` all of the other plan.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { stringify } from 'yaml';
import type { Role } from '../../api/access-table.ts';
import { recordBatch } from '../../domain/records.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/contract.ts';
import { startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { notice } from '../support/notices.ts';
import { metric, planInput, roles as inSystem, watch, type PlanInput } from '../support/plan.ts';

export const marks = { clerk: 'zqc', reader: 'zqr', keeper: 'zqs', deciders: 'zqd', other: 'xk' } as const;

/** Who has which role in the plan `mine`. A viewer has it through a group. */
export const people: Record<Role, string> = {
  'no token': '',
  stranger: 'mallory',
  cohort: 'ann-zqc',
  viewer: 'vera',
  'expired delegate': 'sam-zqd',
  'other owner': 'otto-zqd',
  'owner beside': 'pia-zqd',
  owner: 'olga-zqd',
  delegate: 'dora-zqd',
  'co-signer': 'cem-zqd',
  operator: 'ines-zqd',
  administrator: 'root',
};
const groups: Record<string, string[]> = { vera: ['audit'] };

const person = (id: string) => ({ id, name: `Name of ${id}`, team: 'finance', email: `${id}@mail.example`, accounts: { erp: `account_of_${id}` } });

/** `beside`: with the package `keeper` in the wave of `clerk`. */
function planOf(plan: 'mine' | 'theirs', beside: boolean): PlanInput {
  const of = (id: string) => (plan === 'mine' ? id : `${id.split('-')[0]}-${marks.other}`);
  const ids = [
    'olga-zqd',
    'otto-zqd',
    'dora-zqd',
    'sam-zqd',
    'cem-zqd',
    'ines-zqd',
    'ann-zqc',
    'ben-zqc',
    'bea-zqr',
    ...(beside ? ['pia-zqd', 'kit-zqs'] : []),
  ].map(of);
  return planInput({
    plan,
    clock: { epoch: '2026-04-06', day: '2s' },
    people: ids.map(person),
    operators: [of('ines-zqd')],
    delegates: [
      { of: of('olga-zqd'), to: of('dora-zqd'), until: '2199-01-01' },
      { of: of('olga-zqd'), to: of('sam-zqd'), until: '2026-04-06' },
    ],
    metrics: [metric('adoption', { description: `select 1 from ${of('table-zqc')}` })],
    packages: [
      {
        id: 'clerk',
        owner: of('olga-zqd'),
        cohort: [of('ann-zqc'), of('ben-zqc')],
        entitlements: inSystem('erp', 'clerk'),
        legacy: inSystem('erp', 'old_clerk'),
        watch: watch('60d', { metric: 'adoption', tune: { above: 10 } }),
      },
      { id: 'reader', owner: of('otto-zqd'), cohort: [of('bea-zqr')], entitlements: inSystem('erp', 'reader'), legacy: [], watch: watch('60d') },
      ...(beside
        ? [{ id: 'keeper', owner: of('pia-zqd'), cohort: [of('kit-zqs')], entitlements: inSystem('erp', 'keeper'), legacy: [], watch: watch('60d') }]
        : []),
    ],
    waves: [
      { goLive: '2026-04-07', window: '365d', alsoSigns: [of('cem-zqd')], packages: [{ package: 'clerk' }, ...(beside ? [{ package: 'keeper' }] : [])] },
      { status: 'tentative', packages: [{ package: 'reader' }] },
    ],
  });
}
export const planText = (plan: 'mine' | 'theirs', beside = false): string => stringify(planOf(plan, beside));

export interface Answered {
  status: number;
  text: string;
  body: any;
}
export interface TwoPlans {
  api: Endpoint;
  ask(person: string, method: string, path: string, body?: unknown): Promise<Answered>;
  tokenOf(person: string): Promise<string>;
  notices: Record<'mine' | 'theirs', string>;
  close(): Promise<void>;
}

/** Both plans are applied; the package `clerk` of `mine` is released, and its evaluation failed with an error of the server. */
export async function startTwoPlans(changes: Parameters<typeof startEndpoint>[0] = {}, beside = false): Promise<TwoPlans> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwks = join(await mkdtemp(join(tmpdir(), 'rolewave-identity-')), 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'idp', alg: 'EdDSA' }] }));
  const api = await startEndpoint(
    // A worker runs, so an answer comes, however late a busy machine gives it.
    { answerWithinMs: 30_000, identity: { jwks, issuer: 'https://idp.example', audience: 'rolewave', claim: 'sub' }, ...changes },
    {
      administrators: { people: [people.administrator] },
      limits: {
        readsPerMinute: 1_000_000,
        writesPerMinute: 1_000_000,
        plansPerMinute: 1_000_000,
        revisionsPerPlanAndHour: 1_000_000,
        unauthenticatedPerMinute: 1_000_000,
      },
      plans: [
        { plan: 'mine', apply: { people: [people.operator] }, read: { groups: ['audit'] }, systems: [{ system: 'erp' }] },
        { plan: 'theirs', apply: { people: ['ines-xk'] }, systems: [{ system: 'erp' }] },
      ],
    },
  );
  const tokenOf = (id: string) => tokenFor(id, privateKey);
  const ask = asking(api.url, tokenOf);
  const store = await openStore(api.config.databaseUrl, { migrate: true });
  await api.startWorker();
  for (const [plan, by] of [
    ['mine', people.operator],
    ['theirs', 'ines-xk'],
  ] as const)
    await expected(() => ask(by, 'POST', '/v1/plans', planText(plan, beside)));
  await release(ask);
  const notices = { mine: await recorded(store, 'mine', people.owner), theirs: await recorded(store, 'theirs', 'olga-xk') };
  return {
    api,
    ask,
    tokenOf,
    notices,
    async close() {
      await store.close();
      await api.close();
    },
  };
}

type Ask = TwoPlans['ask'];

const tokenFor = (id: string, key: KeyObject): Promise<string> =>
  new SignJWT({ groups: groups[id] ?? [] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'idp' })
    .setIssuer('https://idp.example')
    .setAudience('rolewave')
    .setSubject(id)
    .setExpirationTime('1h')
    .sign(key);

function asking(url: string, tokenOf: (id: string) => Promise<string>): Ask {
  const tokens = new Map<string, Promise<string>>();
  return async (id, method, path, body) => {
    const token = id === '' ? undefined : (tokens.get(id) ?? tokenOf(id));
    if (token) tokens.set(id, token);
    // On a busy machine a workflow may not answer a reader in time, although a worker runs.
    const asked = async (tries: number): Promise<Response> => {
      const response = await send();
      return method.toUpperCase() === 'GET' && response.status === 503 && tries < 10 ? asked(tries + 1) : response;
    };
    const send = async () =>
      fetch(url + path, {
        method: method.toUpperCase(),
        headers: {
          ...(token ? { authorization: `Bearer ${await token}` } : {}),
          'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    const response = await asked(1);
    const raw = await response.text();
    const text = withoutSeals(raw);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    return { status: response.status, text, body: isStream ? told(raw) : JSON.parse(raw) };
  };
}

/** Sealed places in lists and streams are random letters, among which any mark may be. */
const withoutSeals = (text: string): string => text.replaceAll(/(?<="(?:next|version)":")[\w-]+(?=")|(?<=^id: )[\w-]+$/gm, '…');

/** The activity of a stream, and what it says that changed, in the form of a list. */
function told(text: string): { events: unknown[] } {
  const events = text.split('\n\n').filter((each) => /^event: (activity|changed)$/m.test(each));
  return { events: events.map((each) => JSON.parse(/^data: (.*)$/m.exec(each)?.[1] ?? '{}')) };
}

/** A busy machine answers late: 202, and what comes of it is waited for; 503, and it is asked again. */
async function expected(ask: () => Promise<Answered>): Promise<Answered> {
  let answered = await ask();
  for (let tries = 1; answered.status === 503 && tries < 10; tries += 1) {
    await pause(1_000);
    answered = await ask();
  }
  if (answered.status !== 200 && answered.status !== 202) throw new Error(`${answered.status} ${answered.text}`);
  return answered;
}

async function release(ask: Ask): Promise<void> {
  const clerk = '/v1/packages/mine/wave-1/clerk';
  for (const item of ['handoff', 'notices', 'backup'])
    await expected(() => ask(people.owner, 'POST', `${clerk}/evidence`, { item, reference: `${item} ${marks.clerk}` }));
  await expected(() => ask(people.owner, 'POST', `${clerk}/notes`, { text: `look at ${marks.clerk}` }));
  const seen = () => ask(people.owner, 'GET', clerk);
  await until(seen, ({ body }) => body.package?.previewDigest !== undefined);
  for (const by of [people.owner, people['co-signer']]) await expected(() => ask(by, 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true }));
  await until(seen, ({ body }) => body.running?.grants.created === 2 && body.evaluations.length > 0);
}

/** An event, a notice and an evaluation with a server's error, as workers record them. */
async function recorded(store: Store, plan: 'mine' | 'theirs', owner: string): Promise<string> {
  const mark = plan === 'mine' ? marks.clerk : marks.other;
  const at = { plan, wave: 'wave-1', package: 'clerk' };
  const id = `${plan}/wave-1#planted`;
  await store.record(
    recordBatch({
      notices: [notice({ ...at, id, to: [owner], text: `clerk fails: permission denied for table_${mark}` })],
      events: [{ id: `${plan}/wave-1/clerk#planted`, ...at, atMs: Date.UTC(2026, 3, 8), actor: owner, kind: 'evaluated', text: `failed: table_${mark}` }],
    }),
  );
  await store.saveDelivery(id, { channel: 'webhook', recipient: '' }, { state: 'failed', why: `no route to ${mark}` });
  return id;
}
