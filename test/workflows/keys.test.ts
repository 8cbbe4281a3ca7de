/** Keys are replaced and withdrawn while windows run: a wave and a package decide by the keys that are trusted now, not by those of their start. */
import { expect, test } from 'vitest';
import { newKey } from '../support/keys.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };
const running = (world: World) => world.client.workflow.getHandle('test/wave-1/package-1');
const notes = async (world: World) => (await world.package()).notes.map(({ text }) => text);

async function watching(world: World, options: { continueAfterEvents?: number } = {}): Promise<void> {
  await world.apply(world.plan(), options);
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  await world.untilWatched();
}

test(
  'a signing key is replaced: the window takes what the new one seals, by update and by signal, and no longer what the old one seals',
  inWorld(async (world) => {
    await watching(world, { continueAfterEvents: 60 });
    const old = world.key;
    await world.accepted('extend', 'olga', at, { byMs: dayMs, reason: 'with the old key' });
    world.key = newKey('new');
    world.trustedKeys = [{ ...old.trusted, untilMs: await world.environment.currentTimeMs() }, world.key.trusted];
    await world.sleep(dayMs);
    await world.accepted('extend', 'olga', at, { byMs: dayMs, reason: 'with the new key' });
    const next = newKey('newest');
    world.trustedKeys = [...world.trustedKeys, next.trusted];
    world.key = next;
    await world.sleep(dayMs);
    await running(world).signal('note', world.seal('note', 'olga', at, { text: 'with a newer key, as a signal' }));
    await world.untilPackage((view) => view.notes.length === 1);
    world.key = old;
    expect(await world.send('extend', 'olga', at, { byMs: dayMs, reason: 'late' })).toMatchObject({ accepted: false, code: 'unknown-key' });
    world.key = next;
    await world.sleepUntil(world.goLiveMs + 17 * dayMs);
    expect(await world.untilPackage(({ state }) => state === 'Stable')).toMatchObject({ refusals: [] });
  }),
);

test(
  'a key that leaked and was withdrawn seals nothing any more: not in the wave, not in a running window',
  inWorld(async (world) => {
    await watching(world);
    const good = world.key;
    const leaked = newKey('leaked');
    world.trustedKeys = [good.trusted, leaked.trusted];
    await world.sleep(dayMs);
    world.key = leaked;
    await world.accepted('pause', 'olga', at, { reason: 'nobody has noticed' });
    // On record before the key is withdrawn: afterwards nothing would prove it.
    await expect
      .poll(async () => (await world.store.events({ plan: 'test', wave: 'wave-1' })).some(({ kind }) => kind === 'paused'), { timeout: 20_000 })
      .toBe(true);
    world.trustedKeys = [good.trusted];
    await world.sleep(dayMs);
    for (const [type, body] of [
      ['resume', {}],
      ['rollback', { reason: 'mine now' }],
      ['abort', { reason: 'mine now' }],
    ] as const) {
      await running(world).signal(type, world.seal(type, 'olga', at, body));
      expect(await world.send(type, 'olga', at, body)).toMatchObject({ accepted: false, code: 'unknown-key' });
    }
    expect(await world.send('abort', 'olga', {}, { reason: 'mine now' })).toMatchObject({ accepted: false, code: 'unknown-key' });
    expect(await world.package()).toMatchObject({ state: 'Monitoring', watch: { paused: 'nobody has noticed' } });
    world.key = good;
    await world.accepted('resume', 'olga', at, {});
  }),
);

test(
  'messages of keys that nobody trusts, however many come at once, make a window ask for the keys a few times',
  inWorld(async (world) => {
    await watching(world);
    await world.sleep(dayMs);
    const asked = async () =>
      ((await running(world).fetchHistory()).events ?? []).filter(
        ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'trustedKeys',
      ).length;
    const before = await asked();
    // Those that come while the keys are asked for wait for the same answer.
    const forged = Array.from({ length: 20 }, () => world.seal('note', 'olga', at, { text: 'forged' }, { forge: true }));
    await Promise.all(forged.map((jws) => running(world).signal('note', jws)));
    await running(world).executeUpdate('note', { args: [world.seal('note', 'olga', at, { text: 'genuine' })] });
    expect(await notes(world)).toEqual(['genuine']);
    expect((await asked()) - before).toBeLessThan(10);
  }),
);
