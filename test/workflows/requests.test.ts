/** Who is notified of what, and when: the requests of waves and packages, their escalation, and what the store records. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import type { RequestKind, NoticeLevel } from '../../domain/notices/request.ts';
import { people } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const hourMs = dayMs / 24;

/** What a view shows is recorded a moment later. */
async function untilNotices(world: World, kind: RequestKind, expected: unknown): Promise<void> {
  await expect.poll(() => noticesOf(world, kind), { timeout: 20_000 }).toEqual(expected);
}
const allAnswered = expect.toSatisfy((notices: { answered: boolean }[]) => notices.length > 0 && notices.every(({ answered }) => answered));
const levels = (...expected: NoticeLevel[]) => expected.map((level) => expect.objectContaining({ level }));

async function noticesOf(world: World, kind: RequestKind): Promise<{ level: NoticeLevel; to: string[]; afterHours: number; answered: boolean }[]> {
  const notices = (await world.store.notices({ plan: 'test' })).filter((notice) => notice.kind === kind);
  const firstMs = notices[0]?.openedAtMs ?? 0;
  return notices.map(({ level, to, openedAtMs, answeredAtMs }) => ({
    level,
    to,
    afterHours: Math.round((openedAtMs - firstMs) / hourMs),
    answered: answeredAtMs !== undefined,
  }));
}

test(
  'an owner is asked for evidence and a sign-off; without an answer the delegate and then the on-call are notified; an answer closes the requests',
  inWorld(async (world) => {
    await world.apply(world.plan({ notices: { onCall: ['hugo'] } }));
    const asked = await world.untilWave((view) => view.requests?.some(({ kind }) => kind === 'signOff') ?? false);
    const { planDigest, previewDigest } = asked.packages[0]!;
    const target = { plan: 'test', wave: 'wave-1', package: 'package-1' };
    expect(asked.requests?.map(({ kind, to, action }) => [kind, to, action])).toEqual([
      ['evidence', ['olga'], { type: 'evidence', target, fields: { item: 'handoff', supply: ['reference'] } }],
      ['signOff', ['olga'], { type: 'signOff', target, fields: { planDigest, previewDigest, signer: 'olga', supply: ['decision'] } }],
    ]);
    await world.sleep(3 * dayMs);
    await untilNotices(world, 'signOff', [
      { level: 'first', to: ['olga'], afterHours: 0, answered: false },
      { level: 'delegate', to: ['dora'], afterHours: 24, answered: false },
      { level: 'onCall', to: ['hugo'], afterHours: 48, answered: false },
    ]);
    await world.makeReady();
    expect((await world.untilWave((view) => view.requests === undefined)).packages[0]?.state).toBe('Release ready');
    await untilNotices(world, 'signOff', allAnswered);
    await untilNotices(world, 'evidence', allAnswered);
  }),
);

test(
  'a sign-off that is missing at go-live is overdue, and the package is held back and asks for a new date',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.untilWave((view) => view.requests?.some(({ kind }) => kind === 'signOff') ?? false);
    await world.sleepUntil(world.goLiveMs + 10 * 60_000);
    await untilNotices(world, 'signOff', levels('first', 'delegate', 'onCall', 'overdue'));
    await world.sleepUntil(world.goLiveMs + dayMs);
    await untilNotices(world, 'date', [{ level: 'first', to: ['olga', 'ines', 'hugo'], afterHours: 0, answered: false }]);
  }),
);

test(
  'a proposed rollback is urgent: the delegate is notified after one hour, the on-call after two, and an answer closes the request',
  inWorld(async (world) => {
    await world.apply(world.plan({ notices: { onCall: ['hugo'] } }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    const { watch } = await world.untilWatched();
    world.readings['exceptions'] = { value: 99 };
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
    await world.sleep(4 * hourMs);
    await untilNotices(world, 'rollback', [
      { level: 'first', to: ['olga'], afterHours: 0, answered: false },
      { level: 'delegate', to: ['dora'], afterHours: 1, answered: false },
      { level: 'onCall', to: ['hugo'], afterHours: 2, answered: false },
    ]);
    await world.accepted('decide', 'dora', at, { ...shownOf(proposal!), answer: 'decline', reason: 'a report ran twice' });
    await world.untilPackage((view) => view.requests === undefined && view.proposal === undefined);
    await untilNotices(world, 'rollback', allAnswered);
  }),
);

test(
  'requests survive continue-as-new: no one is notified twice, and the escalation continues (R5)',
  inWorld(async (world) => {
    // More events than a run has before it first waits, also on a busy machine.
    await world.apply(world.plan({ notices: { onCall: ['hugo'] } }), { continueAfterEvents: 40 });
    await world.untilWave((view) => view.requests?.some(({ kind }) => kind === 'signOff') ?? false);
    for (let note = 0; note < 12; note += 1) await world.accepted('note', 'ines', {}, { text: `note ${note}` });
    await world.sleep(3 * dayMs);
    await untilNotices(world, 'signOff', levels('first', 'delegate', 'onCall'));
    await untilNotices(world, 'evidence', levels('first', 'delegate', 'onCall'));
  }),
);

test(
  'a stable package asks its owner whether it is still needed, as often as its plan says, and a certification answers that',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{ certifyEvery: '30d' }] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    await world.sleepUntil(world.goLiveMs + 45 * dayMs);
    await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'certification') ?? false);
    await world.accepted('certify', 'olga', at, { reason: 'all three still post every week' });
    expect((await world.untilPackage((view) => view.requests === undefined)).certifiedMs).toBeDefined();
    await world.sleep(31 * dayMs);
    await expect.poll(async () => (await noticesOf(world, 'certification')).filter(({ level }) => level === 'first'), { timeout: 20_000 }).toHaveLength(2);
  }),
);

/** Releases a package until it is stable, and then locks olga's account in the system. Returns the question that follows. */
async function ownerLeft(world: World) {
  await world.apply(world.plan({ people: peopleWith('olga_k') }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  await world.untilWatched();
  await world.sleepUntil(world.goLiveMs + 15 * dayMs);
  await world.untilPackage((view) => view.state === 'Stable');
  world.system.lockAccount('olga_k');
  await world.sleep(8 * dayMs);
  return (await world.untilPackage((view) => view.state === 'Needs tuning')).proposal!;
}

const peopleWith = (account: string) =>
  people('olga', 'otto', 'dora', 'ines', 'hugo', 'ann', 'ben', 'cem').map((person) =>
    person.id === 'olga' ? { ...person, accounts: { erp: account } } : person,
  );

test(
  'the question about a missing owner is asked again every week; a revision that gives the owner another account answers it at once',
  inWorld(async (world) => {
    const first = await ownerLeft(world);
    await world.accepted('decide', 'ines', at, { ...shownOf(first), answer: 'freeze', reason: 'we are looking for someone' });
    expect((await world.untilPackage((view) => view.proposal === undefined)).state).toBe('Stable');
    await world.sleep(7 * dayMs);
    const again = await world.untilPackage((view) => view.proposal !== undefined);
    expect(again.proposal?.why).toBe(first.why);
    await world.reviseReleased(world.plan({ people: peopleWith('olga_k') }), 'package-1');
    await world.sleep(dayMs);
    expect((await world.package()).proposal?.id).toBe(again.proposal?.id);
    await world.reviseReleased(world.plan({ people: peopleWith('olga_new') }), 'package-1');
    expect((await world.untilPackage((view) => view.proposal === undefined)).state).toBe('Stable');
  }),
);

test(
  'a revision that names a new owner answers the question about the missing owner, and no other question',
  inWorld(async (world) => {
    const { why } = await ownerLeft(world);
    await world.accepted('tune', 'dora', at, { step: 'ask', reason: 'who uses the report?' });
    await world.untilPackage((view) => view.proposal?.why === `${why}; who uses the report?`);
    await world.reviseReleased(world.plan({ packages: [{ owner: 'otto' }], people: peopleWith('olga_k'), delegates: [] }), 'package-1');
    expect(await world.untilPackage((view) => view.owner === 'otto')).toMatchObject({ state: 'Needs tuning', proposal: { kind: 'question' } });
  }),
);

test(
  'the weekly evaluation finds that the owner has left: operators are asked, and a revision that names another owner answers without a new release',
  inWorld(async (world) => {
    await ownerLeft(world);
    const { proposal, requests } = await world.untilPackage((view) => view.state === 'Needs tuning');
    expect(proposal?.why).toContain("account 'olga_k' of 'olga' in 'erp' is unknown or locked. Name another owner in the plan");
    expect(requests).toMatchObject([{ kind: 'question', to: expect.arrayContaining(['ines', 'hugo']) }]);

    const named = world.plan({ packages: [{ owner: 'otto' }], people: peopleWith('olga_k'), delegates: [] });
    await world.reviseReleased(named, 'package-1');
    expect(await world.untilPackage((view) => view.state === 'Stable')).toMatchObject({ owner: 'otto' });
    expect(await world.send('rollback', 'olga', at, { reason: 'I was the owner' })).toMatchObject({ accepted: false, code: 'not-authorized' });
    await world.accepted('rollback', 'otto', at, { reason: 'no longer needed' });
    const { proposal: rollback } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
    await world.accepted('decide', 'otto', at, { ...shownOf(rollback!), answer: 'approve', reason: 'no longer needed' });
    expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toMatchObject({ state: 'Rolled back' });
  }),
);
