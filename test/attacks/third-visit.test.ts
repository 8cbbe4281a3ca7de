/**
 * What a third visit to a running site tried, with the tokens of a stranger and of an operator of another plan, and without any: to bury people under plans that
 * name them, to fill the store, and to take what others need of the endpoint.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { until } from '../support/endpoint.ts';
import { people, planText, startTwoPlans, type TwoPlans } from './two-plans.ts';

let site: TwoPlans;
beforeAll(async () => {
  site = await startTwoPlans();
});
afterAll(() => site?.close());

const attacker = 'ines-xk';
const usual = {
  administrators: { people: [people.administrator] },
  limits: {
    readsPerMinute: 1_000_000,
    writesPerMinute: 1_000_000,
    plansPerMinute: 1_000_000,
    revisionsPerPlanAndHour: 1_000_000,
    unauthenticatedPerMinute: 1_000_000,
  },
};
const mine = { plan: 'mine', apply: { people: [people.operator] }, read: { groups: ['audit'] }, systems: [{ system: 'erp' }] };

describe('bury somebody under a plan that names them', () => {
  const waves = 40;
  /** olga of the plan `mine` owns the one package of each of its waves; its name sorts before that of her own plan. */
  const spam = () => {
    const plan = parse(planText('theirs'));
    const [first] = plan.packages;
    const ids = Array.from({ length: waves }, (_, at) => `spam-${at}`);
    return stringify({
      ...plan,
      plan: 'aaa-spam',
      people: [...plan.people, { id: people.owner, name: 'Somebody else', team: 'finance' }],
      packages: ids.map((id) => ({ ...first, id, owner: people.owner })),
      waves: ids.map((id) => ({ ...plan.waves[0], id: `wave-${id}`, status: 'tentative', goLive: undefined, window: undefined, packages: [{ package: id }] })),
      delegates: [],
    });
  };
  const plansOf = (rows: { plan: string }[]) => rows.map(({ plan }) => plan);
  const asked = async (by: string, path: string) => (await site.ask(by, 'GET', path)).body;

  beforeAll(async () => {
    await site.api.changeSite({ ...usual, plans: [mine, { plan: 'aaa*', apply: { people: [attacker] }, systems: [{ system: 'erp' }] }] });
    const { status, text } = await site.ask(attacker, 'POST', '/v1/plans', spam());
    if (status !== 200 && status !== 202) throw new Error(`${status} ${text}`);
    await until(
      () => asked(people.owner, '/v1/packages?plan=aaa-spam&limit=100'),
      ({ packages }) => packages?.length === waves,
    );
  });

  test('their board begins with their own plan, has a few rows of the other, and says how many more there are and where', async () => {
    const board = await asked(people.owner, '/v1/board');
    const own = board.packages.filter(({ plan }: { plan: string }) => plan === 'mine');
    expect(own.length).toBeGreaterThan(0);
    expect(plansOf(board.packages)).toEqual([...own.map(() => 'mine'), ...Array.from({ length: 20 }, () => 'aaa-spam')]);
    expect(plansOf(board.readiness)).toEqual(plansOf(board.packages));
    expect(board.packages.map(({ onlyNamed }: { onlyNamed?: true }) => onlyNamed === true)).toEqual(plansOf(board.packages).map((plan) => plan !== 'mine'));
    expect(board.notShown).toEqual([{ plan: 'aaa-spam', waves: waves - 20, packages: waves - 20 }]);
    expect(plansOf(board.recent.activity)[0]).toBe('mine');
    const one = await asked(people.owner, '/v1/board?plan=aaa-spam');
    expect([one.packages.length, one.notShown]).toEqual([waves, undefined]);
  });

  test.each([
    ['/v1/waves', 'waves', 20],
    // Of which a page costs what it shows, and which ends where its reader stops.
    ['/v1/packages', 'packages', waves],
  ])('%s begins with their own plan, and so do events and notices', async (path, rows, shown) => {
    const pages: Record<string, any>[] = [];
    for (let next = ''; pages.length < 20;) {
      const page = await asked(people.owner, `${path}?limit=3${next}`);
      pages.push(page);
      if (page.next === undefined) break;
      next = `&cursor=${page.next}`;
    }
    const found = plansOf(pages.flatMap((page) => page[rows]));
    expect(found).toEqual(found.toSorted((one, other) => Number(other === 'mine') - Number(one === 'mine')));
    expect(found.filter((plan) => plan === 'aaa-spam')).toHaveLength(shown);
    expect(pages[0]?.['notShown']).toEqual(shown === waves ? undefined : [{ plan: 'aaa-spam', waves: waves - 20, packages: waves - 20 }]);
    const whole = await asked(people.owner, `${path}?plan=aaa-spam&limit=100`);
    expect(whole[rows]).toHaveLength(waves);
    for (const [list, key] of [
      ['/v1/events', 'events'],
      ['/v1/notices', 'notices'],
      ['/v1/board/activity', 'activity'],
    ] as const) {
      const all = plansOf((await asked(people.owner, `${list}?limit=200`))[key]);
      expect(all[0]).toBe('mine');
      expect(all.lastIndexOf('mine')).toBeLessThan(all.includes('aaa-spam') ? all.indexOf('aaa-spam') : all.length);
    }
  });

  test('somebody to whom the site gives both plans sees all of both', async () => {
    const board = await asked(people.administrator, '/v1/board');
    expect([board.packages.filter(({ plan }: { plan: string }) => plan === 'aaa-spam').length, board.notShown]).toEqual([waves, undefined]);
  });
});

test('requests that Node would answer by itself are one on a connection, too', async () => {
  const { port, hostname } = new URL(site.api.url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.on('data', (part) => (heard += String(part))).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: something\r\n\r\n'.repeat(3));
  await once(socket, 'close');
  expect(heard.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThan(2);
  expect((await site.ask(people.owner, 'GET', '/v1/me')).status).toBe(200);
});
