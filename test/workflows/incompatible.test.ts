/** Entitlements that nobody may hold together: a release that would cause it is stopped, at the preview and again at go-live. */
import { expect, test } from 'vitest';
import { worlds, type World } from './world.ts';

const { inWorld } = worlds();

const rule = (change: object = {}) => ({
  id: 'clerk-and-auditor',
  reason: 'Nobody audits their own work',
  entitlements: [
    { system: 'erp', role: 'clerk' },
    { system: 'erp', role: 'auditor' },
  ],
  ...change,
});
const nothingGranted = (world: World) => world.system.held().every(({ role }) => role === 'old_reader' || role === 'auditor');

test(
  'somebody who came to hold the other entitlement after the sign-offs stops the release at go-live, and nothing is granted to anybody',
  inWorld(async (world) => {
    await world.apply(world.plan({ incompatible: [rule()] }));
    await world.makeReady();
    expect((await world.wave()).packages[0]?.blockers).toEqual([]);

    world.system.grantAs('dba', 'auditor', 'ann');
    await world.sleepUntil(world.goLiveMs + 3_600_000);
    const stopped = await world.untilWave(({ packages: [first] }) => first?.heldBack !== undefined && first.previewDigest !== undefined);
    expect(stopped.packages[0]).toMatchObject({
      heldBack: { code: 'stopped', stops: [{ code: 'incompatible', rule: 'clerk-and-auditor', people: 1 }] },
      preview: [{ incompatible: [{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }] }],
    });
    // The new preview is another one, so that the sign-off of the old one does not count.
    expect(stopped.packages[0]?.blockers.map(({ code }) => code)).toEqual(['incompatible', 'signOff', 'date']);
    expect(nothingGranted(world)).toBe(true);
  }),
);

test(
  'an exception that the owner has signed lets it go live, and what is retired resolves what was there',
  inWorld(async (world) => {
    world.system.grantAs('dba', 'auditor', 'ann');
    const resolved = rule({
      id: 'reader-and-auditor',
      entitlements: [
        { system: 'erp', role: 'old_reader' },
        { system: 'erp', role: 'auditor' },
      ],
    });
    const excepted = rule({ exceptions: [{ person: 'ann', reason: 'until the second auditor is there', until: '2099-01-01' }] });
    await world.apply(world.plan({ incompatible: [excepted, resolved] }));
    await world.makeReady();
    expect((await world.wave()).packages[0]).toMatchObject({
      blockers: [],
      preview: [
        {
          incompatible: [
            { rule: 'clerk-and-auditor', existing: 0, caused: 0, excepted: 1, resolved: 0 },
            { rule: 'reader-and-auditor', existing: 0, caused: 0, excepted: 0, resolved: 1 },
          ],
        },
      ],
    });
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
  }),
);

test(
  'an entitlement in another system is read there, before the sign-offs and again at go-live, and nothing is changed or watched there',
  inWorld(
    async (world) => {
      const across = rule({
        entitlements: [
          { system: 'erp', role: 'clerk' },
          { system: 'lab', role: 'auditor' },
        ],
      });
      world.system.grantAs('dba', 'auditor', 'ann');
      await world.apply(world.plan({ systems: ['erp', 'lab'], incompatible: [across] }));
      const seen = await world.untilWave(({ packages: [first] }) => first?.previewDigest !== undefined);
      expect(seen.packages[0]).toMatchObject({
        preview: [{ system: 'erp' }, { system: 'lab', toGrant: 0, alreadyThere: 0, toRetire: 0, blastRadius: { people: 0 } }],
        incompatibleAcross: [{ rule: 'clerk-and-auditor', existing: 0, caused: 1, excepted: 0, resolved: 0 }],
      });
      expect(seen.packages[0]?.blockers).toContainEqual(expect.objectContaining({ code: 'incompatible', people: 1 }));

      // It is taken away: a new date takes a new preview, which everyone signs.
      world.system.removeAll('auditor', 'ann');
      await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: world.goLiveMs });
      await world.untilWave(({ packages: [first] }) => first?.previewDigest !== undefined && first.incompatibleAcross === undefined);
      await world.makeReady();

      world.system.grantAs('dba', 'auditor', 'ben');
      await world.sleepUntil(world.goLiveMs + 3_600_000);
      const stopped = await world.untilWave(({ packages: [first] }) => first?.heldBack !== undefined && first.previewDigest !== undefined);
      expect(stopped.packages[0]?.heldBack).toMatchObject({ code: 'stopped', stops: [{ code: 'incompatible', people: 1 }] });
      expect(nothingGranted(world)).toBe(true);
    },
    ['erp', 'lab'],
  ),
);
