/** Messages that come late, come again, or carry what cannot be stored, and a package whose ids are names of properties: on a real worker. */
import { describe, expect, test } from 'vitest';
import { validFor } from '../../domain/messages.ts';
import { people } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const signal = (world: World, type: string, jws: string) => world.client.workflow.getHandle('test/wave-1').signal(type, jws);
const notes = async (world: World) => (await world.wave()).notes.map(({ text }) => text);

describe('a message', () => {
  test(
    'counts for a quarter of an hour; one that waited for a worker counts for a month',
    inWorld(async (world) => {
      await world.apply(world.plan());
      await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
      const soon = world.seal('note', 'olga', at, { text: 'soon' }, { validMs: validFor.usual });
      const waiting = world.seal('note', 'olga', at, { text: 'waiting' }, { validMs: validFor.waiting });
      await world.sleep(2 * dayMs);
      expect(await world.update('note', at, soon)).toMatchObject({ accepted: false, code: 'message-expired' });
      await signal(world, 'note', soon);
      await signal(world, 'note', waiting);
      const { refusals } = await world.untilWave((view) => view.notes.length > 0);
      expect(await notes(world)).toEqual(['waiting']);
      expect(refusals).toMatchObject([{ type: 'note', by: 'olga', code: 'message-expired' }]);
      // A month later it is no secret that it was accepted, and nobody can send it again.
      await world.sleep(40 * dayMs);
      await signal(world, 'note', waiting);
      expect(await notes(world)).toEqual(['waiting']);
    }),
  );

  test(
    'that was refused stays refused, also once its sender may send it, and across continue-as-new',
    inWorld(async (world) => {
      const plan = world.plan();
      await world.apply(plan, { continueAfterEvents: 30 });
      await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
      const early = world.seal('note', 'sam', at, { text: 'let me in' });
      expect(await world.update('note', at, early)).toMatchObject({ accepted: false, code: 'not-authorized' });
      await world.revise({ ...plan, operators: ['ines', 'hugo', 'sam'] });
      for (let count = 0; count < 15; count += 1) await world.accepted('note', 'olga', at, { text: `note ${count}` });
      const stays = { accepted: false, code: 'not-authorized', message: expect.stringContaining('stays refused') };
      expect(await world.update('note', at, early)).toMatchObject(stays);
      await signal(world, 'note', early);
      await world.accepted('note', 'sam', at, { text: 'thank you' });
      expect(await notes(world)).not.toContain('let me in');
      await world.untilContinued();
    }),
  );

  test(
    'of someone whose messages are refused again and again is turned away before it reaches the history',
    inWorld(async (world) => {
      await world.apply(world.plan());
      await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
      // A server without time skipping writes nothing at all for an update that is rejected.
      const inHistory = async () =>
        ((await world.client.workflow.getHandle('test/wave-1').fetchHistory()).events ?? []).filter(
          (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
        ).length;
      for (let count = 0; count < 20; count += 1) expect(await world.send('note', 'sam', at, { text: 'hello' })).toMatchObject({ code: 'not-authorized' });
      expect(await inHistory()).toBe(20);
      for (let count = 0; count < 20; count += 1) expect(await world.send('note', 'sam', at, { text: 'hello' })).toMatchObject({ code: 'too-many-refused' });
      expect(await inHistory()).toBe(20);
      await world.accepted('note', 'olga', at, { text: 'others go on' });
    }),
  );

  test.each([
    ['a NUL', 'a\0b'],
    ['half of a surrogate pair', 'a\ud83db'],
  ])('with %s in its reason is refused, and the wave goes on', (_what, text) =>
    inWorld(async (world) => {
      await world.apply(world.plan());
      await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
      const jws = world.seal('note', 'olga', at, { text });
      expect(await world.update('note', at, jws)).toMatchObject({ accepted: false, code: 'malformed' });
      await signal(world, 'note', jws);
      await world.accepted('note', 'olga', at, { text: 'going on' });
      expect(await notes(world)).toEqual(['going on']);
    })(),
  );

  test(
    'with a section that is not the sealed one, or that cannot be read, is refused and may be sent again',
    inWorld(async (world) => {
      const plan = world.plan();
      await world.apply(plan);
      await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
      const jws = world.seal('revise', 'ines', {}, { revision: 2, sectionDigest: 'a'.repeat(64) });
      for (const section of ['\ud83d', [], { plan: '__proto__' }, null]) await world.client.workflow.getHandle('test/wave-1').signal('revise', jws, section);
      const { refusals } = await world.untilWave((view) => view.refusals.length > 0);
      expect(refusals).toMatchObject([{ type: 'revise', code: 'malformed', message: 'the section sent with this revision is not the one that was sealed' }]);
      await world.revise({ ...plan, operators: ['ines'] });
      await world.untilWave(({ revision }) => revision === 2);
    }),
  );
});

test(
  'a package named constructor, of people named __proto__ and toString, is released, watched and rolled back',
  inWorld(async (world) => {
    const odd = ['__proto__', 'toString', 'valueOf'];
    const [owner = '', ...cohort] = odd;
    await world.apply(
      world.plan({
        people: people('olga', 'dora', 'ines', 'hugo', ...odd),
        delegates: [],
        packages: [{ id: 'constructor', owner, cohort }],
        waves: [{ id: 'constructor' }],
        operators: ['ines', 'hugo', owner],
      }),
    );
    const about = { wave: 'constructor', package: 'constructor' };
    for (const item of ['handoff', 'notices', 'backup']) await world.accepted('evidence', owner, about, { item, reference: `${item} is done` });
    await world.sign('constructor', [owner], 'constructor');
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched('constructor', 'constructor');
    const granted = world.system.held().filter(({ role }) => role === 'clerk');
    expect(granted.map(({ account }) => account).toSorted()).toEqual(cohort.toSorted());
    await world.sleepUntil(world.goLiveMs + 15 * dayMs);
    const { lastVerdict } = await world.untilPackage(({ watch }) => watch.evaluations >= 14, 'constructor', 'constructor');
    expect(lastVerdict?.kind).toBe('healthy');
    await world.accepted('rollback', owner, about, { reason: 'over' });
    const { proposal } = await world.untilPackage((view) => view.proposal?.dependencies !== undefined, 'constructor', 'constructor');
    await world.accepted('decide', owner, about, { proposal: proposal!.id, kind: 'rollback', answer: 'approve', reason: 'over' });
    await world.untilPackage(({ state }) => state === 'Rolled back', 'constructor', 'constructor');
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toEqual([]);
  }),
);
