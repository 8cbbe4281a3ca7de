import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../system-unavailable.ts';
import type { Findings, ServerRecord } from './server-behaviour.ts';
import {
  notAllowed,
  ProbeRefused,
  removedInTime,
  ScratchLeft,
  scratchOf,
  serverKnown,
  serverNow,
  type Probed,
  type ProbeRecords,
  type Scratch,
} from './server-probe.ts';

const day = 86_400_000;
const settings = { rolePrefix: 'rolewave-probe-', accounts: ['a', 'b'] as const, days: 30 };
const assumed: Findings = { addOne: { is: 'leavesOthers', by: 'standard' }, staleChange: { is: 'applied', by: 'assumed' } };

/** One place. `held`: another process measures there. */
function records(): ProbeRecords & { record: ServerRecord | undefined; held: boolean; begun: number } {
  const state = {
    record: undefined as ServerRecord | undefined,
    held: false,
    begun: 0,
    serverRecord: async () => state.record,
    saveServerRecord: async (_place: string, _system: string, record: ServerRecord) => {
      state.record = record;
      return true;
    },
    beginProbe: async () => {
      if (state.held) return false;
      state.begun += 1;
      return (state.held = true);
    },
    endProbe: async () => void (state.held = false),
  };
  return state;
}

function server(measure: () => Promise<Findings> = async () => ({ staleChange: { is: 'refused', by: 'measured' } })) {
  const asked: Scratch[] = [];
  const told = { version: 'one 1.0' };
  const probed = (change: Partial<Probed> = {}): Probed => ({
    system: 'hr',
    place: 'scim:a',
    probe: {
      reliesOn: [],
      server: async () => told.version,
      assumed: async () => assumed,
      measure: async (scratch) => {
        asked.push(scratch);
        return measure();
      },
    },
    settings,
    measure: 'whenOutdated',
    nowMs: 0,
    nonce: '0123456789abcdef0123456789abcdef',
    ...change,
  });
  return { asked, told, probed };
}

describe('a server', () => {
  test('is measured once, and again when it is due or somebody asks', async () => {
    const store = records();
    const { asked, told, probed } = server();
    const first = await serverNow(store, probed());
    expect(first).toEqual({ server: 'one 1.0', atMs: 0, findings: { ...assumed, staleChange: { is: 'refused', by: 'measured' } } });
    expect(await serverNow(store, probed({ nowMs: 30 * day }))).toEqual(first);
    expect(asked).toHaveLength(1);
    await serverNow(store, probed({ nowMs: 30 * day + 1 }));
    told.version = 'one 1.1';
    await serverNow(store, probed({ nowMs: 30 * day + 2 }));
    await serverNow(store, probed({ measure: 'now', nowMs: 30 * day + 3 }));
    expect([asked.length, store.begun, store.held]).toEqual([4, 4, false]);
  });

  test('is not measured without leave of the site: what is assumed is said, and on record until it is allowed', async () => {
    const store = records();
    const { asked, probed } = server();
    expect(await serverNow(store, probed({ settings: undefined }))).toEqual({ server: 'one 1.0', atMs: 0, findings: assumed, problem: notAllowed });
    expect(store.record?.problem).toBe(notAllowed);
    expect(asked).toEqual([]);
    await serverNow(store, probed());
    expect(asked).toHaveLength(1);
    // What was measured stays known when the leave is withdrawn.
    expect(await serverNow(store, probed({ settings: undefined, nowMs: 40 * day }))).toEqual(store.record);
    expect(asked).toHaveLength(1);
  });

  test('of a kind that is never measured is on record with its version and what is known of it, and again only with another version', async () => {
    const store = records();
    const { told, probed } = server();
    const { measure: _, ...probe } = probed().probe;
    await serverNow(store, probed({ probe, settings: undefined }));
    expect(store.record).toEqual({ server: 'one 1.0', atMs: 0, findings: assumed });
    await serverNow(store, probed({ probe, settings: undefined, nowMs: day }));
    expect(store.record?.atMs).toBe(0);
    told.version = 'one 2.0';
    await serverNow(store, probed({ probe, settings: undefined, nowMs: 2 * day }));
    expect([store.record?.server, store.record?.atMs, store.begun]).toEqual(['one 2.0', 2 * day, 0]);
  });

  test('that refuses the probe is assumed to do the worse, with its words, and is asked again after an hour', async () => {
    const store = records();
    const { asked, probed } = server(async () => {
      throw new ProbeRefused('it may not');
    });
    expect(await serverNow(store, probed())).toMatchObject({ findings: assumed, problem: 'it may not' });
    await serverNow(store, probed({ nowMs: 3_600_000 }));
    expect(asked).toHaveLength(1);
    await serverNow(store, probed({ nowMs: 3_600_001 }));
    expect(asked).toHaveLength(2);
  });

  test('has its scratch role on record while it is measured, so that one that stays is told by name and removed with the next release', async () => {
    const store = records();
    let isDying = true;
    const { asked, probed } = server(async () => {
      expect(store.record).toMatchObject({ left: 'rolewave-probe-0123456789ab', problem: expect.stringContaining("'rolewave-probe-0123456789ab'") });
      if (isDying) throw new SystemUnavailable('away');
      return {};
    });
    await serverNow(store, probed({ measure: 'whenOutdated' })).catch(() => undefined);
    isDying = false;
    const good = await serverNow(store, probed());
    expect([good.left, good.problem, asked.length]).toEqual([undefined, undefined, 2]);
    isDying = true;
    // Somebody asks although the record is good, and the server goes away in the middle, or the process dies.
    await expect(serverNow(store, probed({ measure: 'now' }))).rejects.toThrow('away');
    expect([store.record?.left, store.held]).toEqual(['rolewave-probe-0123456789ab', false]);
    expect((await serverKnown(store, probed())).toMeasure).toMatch(/a probe has begun and not ended; if it died, the next one removes the role/);
    isDying = false;
    expect((await serverNow(store, probed())).left).toBeUndefined();
    expect(asked).toHaveLength(4);
  });

  test('that another process measures is tried again later, and its scratch role is left alone', async () => {
    const store = records();
    store.held = true;
    const { asked, probed } = server();
    await expect(serverNow(store, probed())).rejects.toThrow(SystemUnavailable);
    expect([asked, store.held]).toEqual([[], true]);
  });

  test('is never measured by what only looks, which says why it will be', async () => {
    const store = records();
    const { asked, told, probed } = server();
    const why = 'nothing was measured yet';
    expect(await serverKnown(store, probed())).toMatchObject({ record: { findings: assumed, problem: why }, toMeasure: why });
    const measured = await serverNow(store, probed());
    expect(await serverKnown(store, probed())).toEqual({ record: measured });
    expect(await serverKnown(store, probed({ nowMs: 90 * day }))).toEqual({ record: measured, toMeasure: 'it was measured more than 30 days ago' });
    told.version = 'one 1.1';
    expect(await serverKnown(store, probed())).toMatchObject({
      record: { findings: assumed },
      toMeasure: expect.stringContaining('says now that it is one 1.1'),
    });
    expect(await serverKnown(store, probed({ settings: undefined }))).toEqual({ record: expect.objectContaining({ findings: assumed, problem: notAllowed }) });
    expect(asked).toHaveLength(1);
  });

  test('that leaves a scratch role because it is away is on record with its name, and is measured again at once', async () => {
    const store = records();
    let fails = true;
    const { asked, probed } = server(async () => {
      if (fails) throw new ScratchLeft('rolewave-probe-1', "group 'rolewave-probe-1'", new SystemUnavailable('no answer'));
      return {};
    });
    const words = "group 'rolewave-probe-1', which a probe created, could not be removed: no answer. It is removed before the next probe";
    await expect(serverNow(store, probed())).rejects.toEqual(new SystemUnavailable(words));
    expect([store.record, store.held]).toEqual([expect.objectContaining({ findings: assumed, problem: words, left: 'rolewave-probe-1' }), false]);
    fails = false;
    expect((await serverNow(store, probed())).left).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  test('that refuses to remove one is on record with its name, and is asked again after an hour', async () => {
    const store = records();
    const { asked, probed } = server(async () => {
      throw new ScratchLeft('rolewave-probe-1', "group 'rolewave-probe-1'", new ProbeRefused('status 403'));
    });
    expect(await serverNow(store, probed())).toMatchObject({ problem: expect.stringMatching(/'rolewave-probe-1'.*status 403. Remove it by hand/) });
    await serverNow(store, probed({ nowMs: 3_600_000 }));
    expect(asked).toHaveLength(1);
  });

  test('that was measured by a process whose place is another’s by now changes no record', async () => {
    const store = records();
    store.saveServerRecord = async () => false;
    const { probed } = server();
    await expect(serverNow(store, probed())).rejects.toThrow(SystemUnavailable);
  });
});

describe('the removal of a scratch role', () => {
  const scratch = { role: 'one', what: "group 'one'" };

  test('that gets no answer ends after a time of its own, whether the client hears the signal or not', async () => {
    const signals: AbortSignal[] = [];
    const deaf = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<void>(() => undefined);
    };
    const left = await removedInTime(scratch, deaf, 5).catch((error: unknown) => error as ScratchLeft);
    expect(left).toMatchObject({ role: 'one', isAway: true, message: expect.stringMatching(/^group 'one'.*did not answer within 0.005 seconds/) });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('that is done is done, and one that is refused says so', async () => {
    await removedInTime(scratch, async () => undefined, 1_000);
    const refused = removedInTime(scratch, () => Promise.reject(new ProbeRefused('status 403')), 1_000);
    await expect(refused).rejects.toMatchObject({ isAway: false, message: expect.stringContaining('status 403. Remove it by hand') });
  });
});

test('only names of exactly its form are those of scratch roles', () => {
  const { role, isOurs } = scratchOf(settings, '01234567-89ab-cdef-0123-456789abcdef');
  expect(role).toBe('rolewave-probe-0123456789ab');
  expect([role, 'rolewave-probe-0123456789AB', 'rolewave-probe-0123456789abc', 'rolewave-probe-team', 'x-rolewave-probe-0123456789ab'].map(isOurs)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
