/** Every route, with a token of every role, in their own plan and in another: as api/access-table.ts and docs/access.md say. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessFile, accessPage } from '../../api/access-page.ts';
import { access, isMessage, ofAnotherPlan, roles, rowOf, senders, type Outcome, type Role } from '../../api/access-table.ts';
import { routes } from '../../api/routes.ts';
import { sendersOf } from '../../domain/authority/who-may.ts';
import type { MessageType } from '../../domain/messages.ts';
import { marks, people, planText, startTwoPlans, type Answered, type TwoPlans } from './two-plans.ts';

let site: TwoPlans;
beforeAll(async () => {
  site = await startTwoPlans({}, true);
});
afterAll(() => site?.close());

const plans = ['mine', 'theirs'] as const;
type Which = (typeof plans)[number];
const keys = [...routes.map(({ method, path }) => `${method} ${path}`), 'get /openapi.json'];
const expectedOf = (key: string, role: Role, plan: Which): Outcome => (plan === 'mine' ? rowOf(key)[role] : ofAnotherPlan(rowOf(key), role));

const digest = 'a'.repeat(64);
const reason = { reason: 'a test' };
/** Well-formed messages that a released package or its wave refuses or takes without ending. */
const messages: Record<string, { type: MessageType; body: unknown }> = {
  'sign-offs': { type: 'signOff', body: { decision: 'approve', planDigest: digest, previewDigest: digest } },
  evidence: { type: 'evidence', body: { item: 'notices', reference: 'told' } },
  notes: { type: 'note', body: { text: 'a note' } },
  'hold-back': { type: 'holdBack', body: reason },
  'go-live': { type: 'setDate', body: { goLive: '2027-04-01' } },
  'lift-hold': { type: 'liftHold', body: { goLive: '2027-04-01', ...reason } },
  evaluate: { type: 'evaluate', body: {} },
  extend: { type: 'extend', body: { by: '1d', ...reason } },
  pause: { type: 'pause', body: reason },
  resume: { type: 'resume', body: {} },
  tune: { type: 'tune', body: { step: 'reconcile', ...reason } },
  rollback: { type: 'rollback', body: reason },
  decisions: { type: 'decide', body: { proposal: 'none', kind: 'rollback', answer: 'freeze', ...reason } },
  certifications: { type: 'certify', body: reason },
  'accepted-content': { type: 'acceptContent', body: { system: 'erp', role: 'clerk', digest, ...reason } },
  claims: { type: 'claim', body: { grants: [{ system: 'erp', role: 'clerk', person: 'ann-zqc' }], until: '2026-04-20', ...reason } },
  'claim-ends': { type: 'endClaim', body: { claim: 'no-such-claim', ...reason } },
  abort: { type: 'abort', body: reason },
  review: { type: 'review', body: { successes: 'a', challenges: 'b', improvements: 'c' } },
};
const segmentOf = (key: string) => key.split('/').at(-1) ?? '';

function request(key: string, plan: string): { method: string; path: string; body?: unknown } {
  const [method = '', pattern = ''] = key.split(' ');
  const id = pattern.startsWith('/v1/notices') ? (site.notices[plan as Which] ?? `${plan}/wave-1#planted`) : 'some-message';
  const path = pattern.replace(':plan', plan).replace(':wave', 'wave-1').replace(':package', 'clerk').replace(':id', encodeURIComponent(id));
  if (isMessage(key)) return { method, path, body: messages[segmentOf(key)]?.body };
  if (key.startsWith('post /v1/plans'))
    return { method, path: key.endsWith('metric-trial') ? `${path}?metric=adoption` : path, body: planText(plan as Which, true) };
  // A stream says what is new, and this one ends by itself.
  if (key === 'get /v1/live') return { method, path: `${path}?after=start&seconds=1` };
  if (key === 'post /v1/tokens') return { method, path, body: { person: 'nobody' } };
  return { method, path };
}

/** What this role may find of `mine` in an answer. */
function mayFind(role: Role, outcome: Outcome): string[] {
  if (outcome === 'counts' && (role === 'other owner' || role === 'owner beside')) return [marks.deciders];
  if (outcome !== 'full' && outcome !== 'part') return [];
  if (role === 'operator' || role === 'administrator') return [marks.clerk, marks.reader, marks.keeper, marks.deciders];
  if (role === 'co-signer') return [marks.clerk, marks.keeper, marks.deciders];
  return [marks.deciders, role === 'other owner' ? marks.reader : role === 'owner beside' ? marks.keeper : marks.clerk];
}

const lists = new Set([
  'get /v1/plans',
  'get /v1/waves',
  'get /v1/packages',
  'get /v1/events',
  'get /v1/notices',
  'get /v1/board',
  'get /v1/calendar',
  'get /v1/leadership',
  'get /v1/board/activity',
  'get /v1/live',
]);
// The leadership report has no rows of everyone: of each plan that is counted, it says which.
const rowsOf = (body: any): any[] =>
  Array.isArray(body) ? body : body.periods ? body.plans : (body.waves ?? body.packages ?? body.events ?? body.notices ?? body.activity);
const withoutNames = ({ text }: Answered, plan: string) => text.replaceAll(plan, '…').replaceAll(/urn:rolewave:request:[\w-]+/g, 'request');

/** Any two letters may be in a signature or a cursor. What a seal says is in the rest of the answer, too. */
const withoutSeals = ({ text }: Answered): string => text.replaceAll(/"(seal|next)":"[^"]*"/g, '');

async function holds(key: string, role: Role, plan: Which): Promise<void> {
  const outcome = expectedOf(key, role, plan);
  const asked = request(key, plan);
  const as = people[role];
  const answered = await site.ask(as, asked.method, asked.path, asked.body);
  const what = `${role}, ${asked.method} ${asked.path}: ${answered.status} ${answered.text.slice(0, 600)}`;
  const ofPlan = lists.has(key) ? rowsOf(answered.body ?? {})?.filter((row) => row.plan === plan) : undefined;
  switch (outcome) {
    case 'open':
      expect([401, 403], what).not.toContain(answered.status);
      break;
    case 'unauthenticated':
      expect([answered.status, answered.body.code], what).toEqual([401, 'no-token']);
      break;
    case 'hidden': {
      if (ofPlan) {
        expect([answered.status, ofPlan], what).toEqual([200, []]);
        break;
      }
      const none = request(key, 'nowhere');
      const nothing = await site.ask(as, none.method, none.path, asked.body);
      expect([answered.status, withoutNames(answered, plan)], what).toEqual([404, withoutNames(nothing, 'nowhere')]);
      break;
    }
    case 'refused':
      expect(answered.status, what).toBe(403);
      break;
    case 'nothing':
      expect([answered.status, (ofPlan ?? rowsOf(answered.body))?.length], what).toEqual([200, 0]);
      break;
    case 'counts':
      expect(answered.status, what).toBe(200);
      if (ofPlan) expect(ofPlan.length, what).toBeGreaterThan(0);
      else expect(answered.body.shown, what).toBe('overview');
      break;
    case 'part':
      expect(answered.status, what).toBe(200);
      if (ofPlan) expect(ofPlan.length, what).toBeGreaterThan(0);
      break;
    case 'full':
      expect([401, 403], what).not.toContain(answered.status);
      expect(answered.body.code, what).not.toBe('unknown-plan');
  }
  if (role === 'administrator') return;
  // Problems of a plan's file repeat what was sent.
  if (!key.startsWith('post /v1/plans')) expect(withoutSeals(answered), what).not.toContain(marks.other);
  const allowed = mayFind(role, plan === 'mine' ? outcome : 'hidden');
  if (key.startsWith('post /v1/plans')) return;
  for (const mark of [marks.clerk, marks.reader, marks.keeper, marks.deciders].filter((each) => !allowed.includes(each)))
    if (!(lists.has(key) && plan === 'theirs')) expect(withoutSeals(answered).replaceAll(as === '' ? '\0' : as, ''), what).not.toContain(mark);
}

test('docs/access.md is the table (write it with node api/access-page.ts), and the table has every route', async () => {
  expect(await readFile(accessFile, 'utf8')).toBe(accessPage());
  expect(keys.filter((key) => !isMessage(key)).toSorted()).toEqual(access.flatMap((each) => each.routes).toSorted());
});

const reads = keys.filter((key) => !isMessage(key));
describe.each(reads)('%s', (key) => {
  // A stream is a second long.
  const asked = key === 'get /v1/live' ? test.concurrent : test;
  asked.each(roles)('as the table says for %s', async (role) => {
    if (key === 'get /v1/live') await Promise.all(plans.map((plan) => holds(key, role, plan)));
    else for (const plan of plans) await holds(key, role, plan);
  });
});

test('those who act find people, accounts and errors, so that the marks above can be found at all', async () => {
  const found = async (role: Role, path: string) => (await site.ask(people[role], 'GET', path)).text;
  for (const role of ['owner', 'delegate', 'co-signer', 'operator', 'administrator'] as const) {
    expect(await found(role, '/v1/packages/mine/wave-1/clerk/grants')).toContain('account_of_ann-zqc');
    expect(await found(role, '/v1/packages/mine/wave-1/clerk')).toContain('table_zqc');
    expect(await found(role, '/v1/plans/mine')).toContain('ben-zqc@mail.example');
    expect(await found(role, '/v1/notices')).toContain('permission denied for table_zqc');
    expect(await found(role, '/v1/waves?full=true')).toContain('olga-zqd');
  }
  expect(await found('other owner', '/v1/plans/mine')).toContain('bea-zqr@mail.example');
  expect(await found('owner beside', '/v1/plans/mine')).toContain('kit-zqs@mail.example');
  for (const role of ['owner', 'co-signer'] as const) expect(await found(role, '/v1/waves/mine/wave-1')).toContain('look at zqc');
});

test.each(roles.filter((role) => !['no token', 'administrator', 'operator'].includes(role)))(
  'no filter of a list tells %s about what it does not show',
  async (role) => {
    const owners = ['olga-zqd', 'otto-zqd', 'pia-zqd'].filter((owner) => owner !== people[role] && !rowsShow(role));
    for (const list of ['waves', 'packages', 'events', 'notices'])
      for (const query of [...owners.map((owner) => `owner=${owner}`), 'text=xk', 'plan=theirs', 'plan=nowhere']) {
        const { status, body } = await site.ask(people[role], 'GET', `/v1/${list}?${query}`);
        expect([status, body[list]?.filter(({ plan }: { plan: string }) => plan === 'theirs' || !rowsShow(role))], `${list}?${query}`).toEqual([200, []]);
      }
    const full = await site.ask(people[role], 'GET', '/v1/waves?full=true');
    if (!rowsShow(role)) expect(withoutSeals(full)).not.toMatch(/zq|xk/);
    expect(withoutSeals(full)).not.toContain('xk');
  },
);
const rowsShow = (role: Role) => ['other owner', 'owner beside', 'owner', 'delegate', 'co-signer'].includes(role);

test('pages of a filtered list are full, and together have every row once', async () => {
  const all = async (): Promise<string[]> => (await site.ask(people.owner, 'GET', '/v1/events?limit=500')).body.events.map(({ id }: { id: string }) => id);
  const before = await all();
  const rows: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await site.ask(people.owner, 'GET', `/v1/events?limit=2${cursor}`);
    rows.push(...body.events.map(({ id }: { id: string }) => id));
    if (body.next === undefined) break;
    expect(body.events).toHaveLength(2);
    cursor = `&cursor=${body.next}`;
  }
  // Both plans live on while they are read, so that there may be more by now.
  expect(rows.filter((id) => before.includes(id))).toEqual(before);
  expect(new Set(rows).size).toBe(rows.length);
  expect(before.length).toBeGreaterThan(4);
});

// Last, because messages change the package.
const messageKeys = keys.filter(isMessage);
describe.each(messageKeys)('%s', (key) => {
  const about = key.startsWith('post /v1/waves/') ? 'wave' : 'package';
  const { type } = messages[segmentOf(key)] ?? { type: undefined };
  test.each(roles)('as the table says for %s', async (role) => {
    if (type === undefined) throw new Error(`no message is written for ${key}`);
    const sender = senders[role];
    const maySend = sender !== undefined && sendersOf(type, about).includes(sender);
    for (const plan of plans) {
      const atTheDoor = expectedOf(key, role, plan);
      // It would end the package for the other roles.
      if (maySend && type === 'abort' && plan === 'mine') continue;
      if (atTheDoor !== 'full') await holds(key, role, plan);
      else {
        const { method, path, body } = request(key, plan);
        const { status, body: answer } = await site.ask(people[role], method, path, body);
        // Without a hold there is nothing to authorize.
        const refused = !maySend && type !== 'liftHold';
        const said = `${role} ${path}: ${status} ${JSON.stringify(answer)}`;
        if (plan === 'mine') expect([answer.code === 'not-authorized', status === 403], said).toEqual([refused, refused]);
        expect([status === 401, answer.code === 'unknown-plan'], said).toEqual([false, false]);
      }
    }
  });
});
