/** The board and the stream of what changes, from a real endpoint with a real worker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boardView, type BoardView } from '../../domain/views/board.ts';
import { recordBatch } from '../../domain/records.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/contract.ts';
import { startTwoPlans, people, marks, type TwoPlans } from '../../test/attacks/two-plans.ts';
import { until } from '../../test/support/endpoint.ts';
import { calendarView } from '../../domain/views/calendar.ts';
import { notice } from '../../test/support/notices.ts';

let site: TwoPlans;
let store: Store;
beforeAll(async () => {
  site = await startTwoPlans();
  store = await openStore(site.api.config.databaseUrl, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await site?.close();
});

async function boardOf(person: string, query = ''): Promise<BoardView> {
  const { status, body } = await site.ask(person, 'GET', `/v1/board${query}`);
  expect([status, body.code]).toEqual([200, undefined]);
  return boardView.parse(body);
}

test('has every package of the plan with its state, its day and what was measured, for its operator', async () => {
  const board = await until(
    () => boardOf(people.operator),
    ({ packages, recent }) => (packages[0]?.telemetry.evaluations ?? 0) > 0 && recent.activity.length > 3,
  );
  expect(board.reader).toEqual({ id: people.operator, name: `Name of ${people.operator}` });
  expect(board.packages).toMatchObject([
    {
      plan: 'mine',
      package: 'clerk',
      number: 1,
      released: true,
      people: 2,
      when: { status: 'released' },
      telemetry: { days: 60, watched: expect.arrayContaining(['adoption']) },
    },
    { plan: 'mine', package: 'reader', number: 2, released: false, state: 'Monitoring', beside: 'before release', when: { status: 'tentative' } },
  ]);
  expect(board.packages[0]?.telemetry.day).toBeGreaterThan(0);
  expect(board.plans).toMatchObject([{ plan: 'mine', revision: 1, dayMs: 2_000 }]);
  expect(board.readiness.map(({ package: id, parts }) => [id, parts.every(({ ok }) => ok)])).toEqual([
    ['clerk', true],
    ['reader', false],
  ]);
  expect(board.readiness[1]?.missing.flatMap(({ by }) => by?.map(({ name }) => name) ?? [])).toContain('Name of otto-zqd');
});

test('says that notices of a plan wait, and until when, to those who see the plan', async () => {
  for (const index of [1, 2]) {
    const id = `mine/wave-1#waits-${index}`;
    await store.record(recordBatch({ notices: [notice({ id, plan: 'mine', wave: 'wave-1', to: [people.owner] })] }));
    const wanted = { line: 'smtp', share: { plan: 'mine', right: 'mine' }, most: { perPlan: 1, perRight: 9, perMailbox: 9 }, nowMs: Date.now() };
    await store.placeToSend({ notice: id, channel: 'smtp', recipient: people.owner }, wanted);
  }
  expect((await boardOf(people.operator)).waiting).toMatchObject([{ plan: 'mine', messages: 1 }]);
  expect(await boardOf(people.stranger)).not.toHaveProperty('waiting');
  const { body } = await site.ask(people.operator, 'GET', '/v1/notices?plan=mine');
  expect(body.notices.filter(({ waitsUntilMs }: { waitsUntilMs?: number }) => waitsUntilMs !== undefined)).toMatchObject([{ id: 'mine/wave-1#waits-2' }]);
  await store.record(recordBatch({ answered: [{ notices: ['mine/wave-1#waits-1', 'mine/wave-1#waits-2'], atMs: 1 }] }));
});

test('asks each person for what they are asked for, and shows the others no text', async () => {
  const owner = await until(
    () => boardOf(people['other owner']),
    ({ packages }) => packages[1]?.action.kind === 'mine',
  );
  const viewer = await boardOf(people.viewer);
  expect(owner.packages[1]).toMatchObject({ package: 'reader', action: { kind: 'mine' } });
  expect(owner.packages[0]).not.toHaveProperty('description');
  expect(viewer.packages.map(({ action }) => action)).toEqual([
    { name: 'Open', kind: 'open' },
    { name: 'Open', kind: 'open' },
  ]);
  expect(viewer.recent.activity).toEqual([]);
  expect(JSON.stringify(viewer)).not.toMatch(new RegExp([marks.clerk, marks.reader, marks.deciders, marks.other].join('|')));
  expect((await boardOf(people.stranger)).packages).toEqual([]);
  expect((await boardOf(people.operator, '?plan=theirs')).packages).toEqual([]);
});

test('activity is paged by action, each event once and the newest first', async () => {
  const all = async (): Promise<string[]> =>
    (await site.ask(people.operator, 'GET', '/v1/board/activity?action=Release&limit=500')).body.activity.map(({ id }: { id: string }) => id);
  const before = await all();
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await site.ask(people.operator, 'GET', `/v1/board/activity?action=Release&limit=2${cursor}`);
    expect(body.activity.every(({ action }: { action: string }) => action === 'Release')).toBe(true);
    ids.push(...body.activity.map(({ id }: { id: string }) => id));
    if (body.next === undefined) break;
    cursor = `&cursor=${body.next}`;
  }
  // The plans live on while they are read, so that there may be more by now.
  expect(ids.filter((id) => before.includes(id))).toEqual(before);
  expect(new Set(ids).size).toBe(ids.length);
  expect(before.length).toBeGreaterThan(4);
});

describe('the stream', () => {
  interface Told {
    event: string;
    id?: string;
    data: any;
  }
  interface Listening {
    headers?: Record<string, string>;
    /** Called with the first event: from then on, whatever happens is told. */
    open?: () => void;
  }
  /** Reads until `enough` accepts what was told. */
  async function listen(person: string, query: string, enough: (told: Told[]) => boolean, { headers = {}, open }: Listening = {}): Promise<Told[]> {
    const ending = new AbortController();
    const response = await fetch(`${site.api.url}/v1/live${query}`, {
      headers: { authorization: `Bearer ${await site.tokenOf(person)}`, ...headers },
      signal: ending.signal,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const told: Told[] = [];
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
        const id = field('id');
        if (field('event')) told.push({ event: field('event') ?? '', ...(id === undefined ? {} : { id }), data: JSON.parse(field('data') ?? 'null') });
      }
      if (told.length > 0) open?.();
      if (enough(told)) break;
    }
    ending.abort();
    return told;
  }
  let number = 0;
  const happens = (plan: string, rolePackage: string, kind = 'note') =>
    store.record(
      recordBatch({
        events: [
          {
            id: `added-${number++}`,
            plan,
            wave: rolePackage === 'clerk' ? 'wave-1' : 'wave-2',
            package: rolePackage,
            atMs: 1,
            actor: 'rolewave',
            kind,
            text: `text ${number}`,
          },
        ],
      }),
    );
  const texts = (told: Told[]) => told.filter(({ event }) => event === 'activity').map(({ data }) => data.text);
  const changes = (told: Told[], id: string) =>
    told.some(({ event, data }) => event === 'changed' && data.package === id && !String(data.version).startsWith('evaluated'));

  test('tells what happens to those who act, and only that something changed to the others', async () => {
    const opened = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const [owner, viewer, stranger] = [
      listen(people['other owner'], '?seconds=60', (told) => texts(told).includes('note: text 1'), { open: opened[0].resolve }),
      listen(people.viewer, '?seconds=60', (told) => changes(told, 'reader'), { open: opened[1].resolve }),
      listen(people.stranger, '?seconds=3', () => false, { open: opened[2].resolve }),
    ];
    await Promise.all(opened.map(({ promise }) => promise));
    await happens('mine', 'reader');
    expect((await owner)[0]).toMatchObject({ event: 'heartbeat' });
    expect(texts(await owner)).toContain('note: text 1');
    expect(changes(await viewer, 'reader')).toBe(true);
    expect(texts(await viewer)).toEqual([]);
    expect((await stranger).filter(({ event }) => event !== 'heartbeat')).toEqual([]);
  });

  test('goes on where it was interrupted, by the id of the last event, each once', async () => {
    await happens('mine', 'reader');
    await happens('mine', 'reader');
    const last = (await site.ask(people['other owner'], 'GET', '/v1/events?package=reader&limit=1')).body.events[0];
    const first = await listen(people['other owner'], '?after=start&seconds=20', (told) => texts(told).includes(`note: ${last.text}`));
    const seen = first.filter(({ event }) => event === 'activity');
    const { id } = seen.at(-2)!;
    const again = await listen(people['other owner'], '?seconds=20', (told) => texts(told).length > 0, { headers: { 'last-event-id': id! } });
    expect(texts(again)[0]).toBe(seen.at(-1)!.data.text);
    expect(new Set(seen.map(({ id: each }) => each)).size).toBe(seen.length);
  });

  test('an unknown id begins at the end, and too much to tell says so', async () => {
    const before = new Set(texts(await listen(people.operator, '?after=start&seconds=20', (told) => texts(told).length > 3)));
    expect(before.size).toBeGreaterThan(3);
    // Once this one is heard, everything before it was told: those who come later begin after it.
    const { promise: begun, resolve: begins } = Promise.withResolvers<void>();
    const heard = listen(people.operator, '?seconds=20', (told) => {
      begins();
      return texts(told).includes(`note: text ${number}`);
    });
    await begun;
    await happens('mine', 'reader');
    await heard;
    // What happens in that second is told.
    expect(texts(await listen(people.operator, '?seconds=1&after=nonsense', () => false)).filter((text) => before.has(text))).toEqual([]);
    for (let count = 0; count < 210; count++) await happens('mine', 'reader');
    const told = await listen(people.operator, '?after=start&seconds=20', (all) => all.length > 1);
    expect(told.map(({ event }) => event).slice(0, 2)).toEqual(['heartbeat', 'missed']);
  });
});

test('a wave that its plan has and that has not begun is on board and calendar, as the plan says it', async () => {
  // As after an apply that was cut short: the revision is there, and the workflow of one of its waves is not.
  const { workflow, workflowService, options } = site.api.client;
  await workflow.getHandle('mine/wave-2').terminate();
  // The server would list it as terminated for ever, if it were deleted before that is listed.
  const listedAs = async () =>
    (await workflowService.countWorkflowExecutions({ namespace: options.namespace, query: "WorkflowId = 'mine/wave-2' AND ExecutionStatus = 'Terminated'" }))
      .count;
  await until(listedAs, (count) => Number(count) === 1);
  await workflowService.deleteWorkflowExecution({ namespace: options.namespace, workflowExecution: { workflowId: 'mine/wave-2' } });
  // An endpoint that has seen the wave shows it for a while.
  await site.api.stopApi();
  await site.api.startApi();
  const { packages, focus } = await until(
    () => boardOf(people.operator),
    (board) => board.focus.some(({ title }) => title === 'Wave 2 has not started'),
  );
  expect(focus).toContainEqual(expect.objectContaining({ wave: 'wave-2', why: expect.stringContaining('apply the plan again') }));
  expect(packages.filter(({ wave }) => wave === 'wave-2')).toMatchObject([
    { released: false, state: 'Monitoring', beside: 'before release', when: { status: 'tentative' } },
  ]);
  const { waves } = calendarView.parse((await site.ask(people.operator, 'GET', '/v1/calendar')).body);
  expect(waves.find(({ wave }) => wave === 'wave-2')).toMatchObject({
    notStarted: true,
    status: 'tentative',
    sentence: expect.stringMatching(/^It has not started yet/),
  });
});
