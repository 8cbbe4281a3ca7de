import { expect, test } from 'vitest';
import { worlds } from './world.ts';
import { waveSection } from '../../domain/plan/section.ts';
import type { RolePackageInput } from '../../domain/plan/section.ts';
import { engineTaskQueue } from '../../domain/messages.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };

test(
  'a forged, an unsigned or a mangled message changes nothing, by update or by signal',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.wave()).packages[0]!;
    const body = { decision: 'approve', planDigest, previewDigest };
    const forged = world.seal('signOff', 'olga', at, body, { forge: true });
    const unsigned = `${forged.split('.').slice(0, 2).join('.')}.`;
    const handle = world.client.workflow.getHandle('test/wave-1');
    for (const jws of [forged, unsigned, 'hello', '']) {
      expect(await world.update('signOff', at, jws)).toMatchObject({ accepted: false });
      await handle.signal('signOff', jws);
    }
    await handle.signal('signOff', { not: 'a string' });
    const view = await world.untilWave((seen) => seen.refusals.length >= 4);
    expect(view.packages[0]?.signOffs).toEqual([]);
    expect(new Set(view.refusals.map(({ code }) => code))).toEqual(new Set(['bad-signature', 'malformed']));
    await world.sleepUntil(world.goLiveMs);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
  }),
);

test(
  'Temporal shows what a wave waits for now, and where in its code it waits',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const handle = world.client.workflow.getHandle('test/wave-1');
    const details = async () => (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
    expect(await details()).toMatch(/Waits for sign-offs[^]*\*\*olga\*\*/);
    await world.sign();
    expect(await details()).toMatch(/Ready, waits for go-live[^]*\*\*olga\*\* \| approved/);
    expect(await handle.query<string>('__stack_trace')).toMatch(/Alarm\.wait|alarm\.ts/);
  }),
);

test(
  'in the history, a refused update has failed and a refused signal has an activity that names nobody',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.wave()).packages[0]!;
    const handle = world.client.workflow.getHandle('test/wave-1');
    const history = async () => (await handle.fetchHistory()).events ?? [];
    // Of what came before, no task is left.
    const open = async () => {
      const tasks = (await history()).map((event) => (event.workflowTaskScheduledEventAttributes ? 1 : event.workflowTaskCompletedEventAttributes ? -1 : 0));
      return tasks.reduce<number>((sum, each) => sum + each, 0);
    };
    await expect.poll(open, { timeout: 20_000 }).toBe(0);
    const before = (await history()).length;
    const body = { decision: 'approve', planDigest, previewDigest };
    expect(await world.update('signOff', at, world.seal('signOff', 'otto', at, body))).toMatchObject({ accepted: false, code: 'not-authorized' });
    await handle.signal('signOff', world.seal('signOff', 'otto', at, body, { id: 'another-message' }));
    // No query, for which this server may begin a task of its own.
    const told = async () => (await history()).slice(before).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    await expect.poll(async () => (await told()).map(({ activityType }) => activityType?.name), { timeout: 20_000 }).toContain('signalsRefused');
    await expect.poll(open, { timeout: 20_000 }).toBe(0);
    const events = (await history()).slice(before);
    expect((await world.wave()).refusals).toHaveLength(2);

    const [update, ...more] = events.flatMap((event) => event.workflowExecutionUpdateCompletedEventAttributes?.outcome ?? []);
    expect([update?.failure?.applicationFailureInfo?.type, update?.failure?.message, more]).toEqual(['not-authorized', expect.stringContaining('otto'), []]);
    const summaries = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
      scheduled?.activityType?.name === 'signalsRefused' ? [JSON.parse(Buffer.from(userMetadata!.summary!.data!).toString('utf8'))] : [],
    );
    expect(summaries).toEqual(['refused: signOff (not-authorized)']);
  }),
);

test(
  'the same message counts once, however often it arrives by update and by signal',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.wave()).packages[0]!;
    const jws = world.seal('signOff', 'olga', at, { decision: 'approve', planDigest, previewDigest });
    const handle = world.client.workflow.getHandle('test/wave-1');
    await handle.signal('signOff', jws);
    expect(await world.update('signOff', at, jws)).toMatchObject({ accepted: true, duplicate: true });
    await handle.signal('signOff', jws);
    expect((await world.wave()).packages[0]?.signOffs).toHaveLength(1);
  }),
);

test(
  'a message counts once even if the wave continues as new in between',
  inWorld(async (world) => {
    await world.apply(world.plan(), { continueAfterEvents: 100 });
    await world.makeReady('package-1', []);
    const jws = world.seal('note', 'olga', at, { text: 'hello' });
    for (let count = 0; count < 12; count += 1) await world.accepted('note', 'olga', at, { text: `note ${count}` });
    await world.update('note', at, jws);
    for (let count = 0; count < 12; count += 1) await world.accepted('note', 'olga', at, { text: `note ${count}` });
    expect(await world.update('note', at, jws)).toMatchObject({ accepted: true, duplicate: true });
    expect((await world.wave()).notes.filter(({ text }) => text === 'hello')).toHaveLength(1);
    await world.untilContinued();
  }),
);

const refusals: [string, string, Record<string, unknown>, string][] = [
  ['someone whom the plan does not name', 'mallory', {}, 'not-authorized'],
  ['an operator who is not the owner', 'ines', {}, 'not-authorized'],
  ['the owner with another plan digest', 'olga', { planDigest: 'a'.repeat(64) }, 'stale-digest'],
  ['the owner with another preview digest', 'olga', { previewDigest: 'b'.repeat(64) }, 'stale-digest'],
];
test(
  'a sign-off counts only from the owner or a delegate, and only for exactly what was shown (R3)',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.wave()).packages[0]!;
    for (const [who, by, change, code] of refusals) {
      expect(await world.send('signOff', by, at, { decision: 'approve', planDigest, previewDigest, ...change }), who).toMatchObject({ accepted: false, code });
    }
    expect(await world.send('signOff', 'olga', { package: 'package-9' }, { decision: 'approve', planDigest, previewDigest })).toMatchObject({
      accepted: false,
      code: 'unknown-package',
    });
    expect(await world.send('signOff', 'dora', at, { decision: 'approve', planDigest, previewDigest })).toMatchObject({ accepted: true });
    expect((await world.wave()).packages[0]).toMatchObject({ state: 'Release ready', signOffs: [{ by: 'dora', counts: true }] });
  }),
);

test(
  "the owner's rejection stands against a delegate, also when the preview changed, until the owner withdraws it",
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const first = (await world.wave()).packages[0]!;
    const signed = (decision: string, { planDigest, previewDigest }: { planDigest: string; previewDigest?: string }, reason?: string) => ({
      decision,
      planDigest,
      previewDigest,
      ...(reason ? { reason } : {}),
    });
    expect(await world.send('signOff', 'olga', at, signed('withdraw', first))).toMatchObject({ accepted: false, code: 'wrong-stage' });
    await world.accepted('signOff', 'olga', at, signed('reject', first, 'cem has left'));
    await world.accepted('signOff', 'olga', at, signed('reject', first, 'cem has left us'));
    const refused = {
      accepted: false,
      code: 'rejected-by-owner',
      message: expect.stringMatching(/^olga rejected 'package-1' on .* \(cem has left us\), and only olga can/),
    };
    expect(await world.send('signOff', 'dora', at, signed('approve', first))).toMatchObject(refused);
    expect((await world.wave()).packages[0]?.signOffs).toMatchObject([{ by: 'olga', decision: 'reject', counts: true, reason: 'cem has left us' }]);

    await world.revise(world.plan({ packages: [{ cohort: ['ann', 'ben'] }] }));
    const view = await world.untilWave(({ packages }) => ![undefined, first.previewDigest].includes(packages[0]?.previewDigest));
    const second = view.packages[0]!;
    expect(await world.send('signOff', 'dora', at, signed('approve', second))).toMatchObject(refused);
    expect(await world.send('signOff', 'dora', at, signed('withdraw', second))).toMatchObject({ accepted: false, code: 'wrong-stage' });
    await world.accepted('signOff', 'olga', at, signed('withdraw', second));
    await world.accepted('signOff', 'dora', at, signed('approve', second));
    await world.accepted('signOff', 'dora', at, signed('approve', second));
    expect((await world.wave()).packages[0]).toMatchObject({
      state: 'Release ready',
      signOffs: [
        { by: 'olga', decision: 'withdraw' },
        { by: 'dora', decision: 'approve', counts: true },
      ],
    });
    await world.sleepUntil(world.goLiveMs);
    expect((await world.untilWatched()).grants.created).toBe(4);
  }),
);

test(
  'a message that is addressed to another wave is refused, even if its seal is valid',
  inWorld(async (world) => {
    await world.apply(world.plan());
    const jws = world.seal('note', 'olga', { wave: 'wave-7', package: 'package-1' }, { text: 'hello' });
    expect(await world.update('note', at, jws)).toMatchObject({ accepted: false, code: 'wrong-address' });
  }),
);

test(
  'a rolePackage that is started directly, without sign-offs, grants nothing and fails visibly',
  inWorld(async (world) => {
    const plan = world.plan();
    await world.apply(plan);
    await world.untilWave((view) => view.packages[0]?.previewDigest !== undefined);
    const { preview, previewDigest } = (await world.wave()).packages[0]!;
    const { packages, operators, notices, blackouts } = waveSection(plan, 1, 'wave-1');
    const input: RolePackageInput = {
      plan: 'test',
      wave: 'wave-1',
      revision: 1,
      section: packages[0]!,
      operators,
      notices,
      blackouts,
      release: { previewDigest: previewDigest!, parts: preview!, baseline: {}, goLiveMs: Date.now() },
    };
    const handle = await world.client.workflow.start('rolePackage', { workflowId: 'test/wave-1/package-1', taskQueue: engineTaskQueue, args: [input] });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'NotCoveredBySignOffs' } });
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);

    // The stray workflow does not prevent the signed one from starting.
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
  }),
);
