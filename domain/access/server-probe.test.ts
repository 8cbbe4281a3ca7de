import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../system-unavailable.ts';
import type { Findings, ServerRecord } from './server-behaviour.ts';
import { notAllowed, ProbeRefused, scratchOf, serverNow, type Probed, type ProbeRecords, type Scratch } from './server-probe.ts';

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
    saveServerRecord: async (_place: string, _system: string, record: ServerRecord) => void (state.record = record),
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

  test('that is away in the middle leaves no record, and its place is free again', async () => {
    const store = records();
    const { probed } = server(async () => {
      throw new SystemUnavailable('away');
    });
    await expect(serverNow(store, probed())).rejects.toThrow('away');
    expect([store.record, store.held]).toEqual([undefined, false]);
  });

  test('that another process measures is tried again later, and its scratch role is left alone', async () => {
    const store = records();
    store.held = true;
    const { asked, probed } = server();
    await expect(serverNow(store, probed())).rejects.toThrow(SystemUnavailable);
    expect([asked, store.held]).toEqual([[], true]);
  });

  test('is never measured by what only looks', async () => {
    const store = records();
    const { asked, told, probed } = server();
    expect(await serverNow(store, probed({ measure: 'never' }))).toMatchObject({ findings: assumed, problem: 'nothing was measured yet' });
    const measured = await serverNow(store, probed());
    expect(await serverNow(store, probed({ measure: 'never', nowMs: 90 * day }))).toEqual(measured);
    told.version = 'one 1.1';
    expect(await serverNow(store, probed({ measure: 'never' }))).toMatchObject({ findings: assumed });
    expect(asked).toHaveLength(1);
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
