/** A role is changed while it is released: the owner is asked once, with the privileges, and accepts them or not. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { dayMs, worlds, type World } from './world.ts';
import type { PackageInput } from '../support/plan.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const first = ['SELECT on table part.ev_1', 'USAGE on schema part'];
const nextDay = [...first, 'SELECT on table part.ev_2'];

async function released(world: World, change: Partial<PackageInput> = {}) {
  world.system.changeRole('clerk', first);
  await world.apply(world.plan({ packages: [change] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  return world.untilGranted(6);
}

test(
  'the question names the privilege; when the owner accepts it, the question is answered and the watch goes on without another',
  inWorld(async (world) => {
    const { watch } = await released(world);
    world.system.changeRole('clerk', nextDay);
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal, contents = [], state } = await world.untilPackage((view) => view.proposal !== undefined);
    expect([state, proposal?.kind]).toEqual(['Needs tuning', 'question']);
    expect(proposal?.why).toContain("erp: 'clerk' gained SELECT on table part.ev_2. If that is expected, the owner accepts it");
    expect(contents).toMatchObject([{ system: 'erp', role: 'clerk', text: "'clerk' gained SELECT on table part.ev_2" }]);
    const { system, role, digest } = contents[0]!;

    const body = { system, role, digest, reason: 'the partition of the day' };
    expect(await world.send('acceptContent', 'ines', at, body)).toMatchObject({ accepted: false, code: 'not-authorized' });
    expect(await world.send('acceptContent', 'olga', at, { ...body, digest: '0'.repeat(64) })).toMatchObject({ accepted: false, code: 'stale-content' });
    expect(await world.send('acceptContent', 'olga', at, { ...body, role: 'reader' })).toMatchObject({
      accepted: false,
      code: 'stale-content',
      message: expect.stringContaining("no new content of role 'reader'"),
    });
    await world.accepted('acceptContent', 'olga', at, body);
    const settled = await world.untilPackage((view) => view.proposal === undefined && view.lastVerdict?.kind === 'healthy');
    expect([settled.state, settled.contents]).toEqual(['Monitoring', undefined]);
    expect(await world.send('acceptContent', 'olga', at, body)).toMatchObject({ accepted: false, code: 'stale-content' });
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
    const events = await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(events.filter(({ kind }) => kind === 'question-proposed')).toHaveLength(1);
    expect(events.find(({ kind }) => kind === 'content-accepted')).toMatchObject({
      actor: 'olga',
      text: "erp: 'clerk' gained SELECT on table part.ev_2: the partition of the day",
      data: { role: 'clerk', digest },
    });
  }),
);

test(
  'what a package expects asks nobody, neither at go-live nor afterwards',
  inWorld(async (world) => {
    world.system.changeRole('clerk', first);
    await world.apply(world.plan({ packages: [{ contentIgnores: ['part.ev_*'] }] }));
    await world.makeReady();
    world.system.changeRole('clerk', nextDay);
    await world.sleepUntil(world.goLiveMs);
    const { watch } = await world.untilGranted(6);
    world.system.changeRole('clerk', [...nextDay, 'SELECT on table part.ev_3']);
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
    const events = await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' });
    expect(events.filter(({ kind }) => kind.endsWith('-proposed'))).toEqual([]);
  }),
);

test(
  'accepting a content does not answer a question that asks about something else too',
  inWorld(async (world) => {
    const { watch } = await released(world);
    world.system.changeRole('clerk', nextDay);
    world.system.grantAs('kim', 'clerk', 'dea');
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal, contents = [] } = await world.untilPackage((view) => view.proposal !== undefined);
    const { system, role, digest } = contents[0]!;
    await world.accepted('acceptContent', 'olga', at, { system, role, digest, reason: 'the partition of the day' });
    expect((await world.untilPackage((view) => (view.lastVerdict?.evaluation ?? 0) > 1)).proposal?.id).toBe(proposal?.id);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'dea may keep it' });
  }),
);
