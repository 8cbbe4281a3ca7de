/** A system goes away in the middle of a release, and of its rollback: people are told what waits for it and why, and it goes on when the system is back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import type { BoardView } from '../../domain/views/board.ts';
import { openLine, type Line } from '../support/line.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

let site: Site;
let line: Line;
let accounts: string[];
let roles: string[];
let away = false;
beforeAll(async () => {
  site = await startSite();
  const direct = new URL(site.erp.url);
  line = await openLine({ host: direct.hostname, port: Number(direct.port) }, () => ({
    fromClient: (data) => (away ? { pieces: [], thenCut: true } : data),
  }));
  const through = new URL(direct);
  through.hostname = line.host;
  through.port = String(line.port);
  await site.stopWorker();
  site.workerEnv = { ERP_DATABASE_URL: through.href };
  await site.startWorker();
  accounts = await site.erp.people('amy', 'bob');
  roles = await site.erp.roles(['clerk']);
});
afterAll(async () => {
  await site?.close();
  await line?.close();
});

function goesAway(): void {
  away = true;
  line.cut();
}

/** Until this is done, and an administrator's open transaction holds it up. */
async function untilHeldUp(activity: string, busy: { holdsUp(): Promise<number> }): Promise<void> {
  await untilSeen(
    async () => {
      const { raw } = await site.packageHandle('away').describe();
      return { is: (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === activity), waiting: await busy.holdsUp() };
    },
    ({ is, waiting }) => is && waiting > 0,
  );
}

const board = async (person: string) => (await site.api.send(person, 'GET', '/v1/board')).body as unknown as BoardView;
const pid = { plan: 'away', wave: 'wave-1', package: 'access' };

test('while access is granted: the package, its row, the focus and the sentence of the board say what it waits for, since when and why', async () => {
  const startedMs = Date.now();
  const busy = await site.erp.hold(`grant "${roles[0]}" to "${accounts[0]}"`);
  await site.release(erpPlan('away', { accounts, roles, length: '365d' }));
  await untilHeldUp('grantAccess', busy);
  goesAway();
  await busy.letGo();
  const { waits: [wait] = [] } = await site.untilPackage('away', ({ waits = [] }) => (waits[0]?.failed ?? 0) >= 2);
  expect(wait).toMatchObject({ activity: 'grantAccess', system: 'erp', why: expect.stringContaining("system 'erp' cannot be reached") });
  expect(wait?.sinceMs).toBeGreaterThan(startedMs);
  expect(wait?.sinceMs).toBeLessThan(Date.now());
  expect(wait?.text).toMatch(/^granting access: waiting for erp since .*, failed .*check erp/);
  expect(wait?.text).not.toContain(new URL(site.erp.url).password);

  const seen = await untilSeen(
    () => board('ines'),
    ({ packages }) => packages[0]?.waits !== undefined,
  );
  expect(seen.packages).toMatchObject([{ ...pid, waits: { systems: ['erp'], sinceMs: wait?.sinceMs } }]);
  expect(seen.focus[0]).toMatchObject({
    ...pid,
    kind: 'waiting',
    title: expect.stringMatching(/ waits for erp$/),
    why: expect.stringContaining('cannot be reached'),
  });
  expect(seen.headline.map(({ text }) => text).join('')).toContain('One waits for a system.');
});

test('when the system is back, the access is granted and nothing waits any more', async () => {
  away = false;
  const { grants } = await site.untilPackage('away', ({ waits, grants: { created } }) => created === 2 && waits === undefined);
  expect(grants).toMatchObject({ created: 2, failed: 0 });
  await untilSeen(
    () => board('ines'),
    ({ packages, focus }) => packages[0]?.waits === undefined && focus.every(({ kind }) => kind !== 'waiting'),
  );
});

test('while it is checked before a rollback, and rolled back: the same, and the rollback ends when the system is back', async () => {
  await site.tell('ines', 'away', 'rollback', { reason: 'the test is over' });
  const { proposal } = await site.untilPackage('away', (view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined);
  const busy = await site.erp.hold(`grant "${roles[0]}" to "${accounts[0]}"`);
  goesAway();
  await site.tell('olga', 'away', 'decisions', { ...shownOf(proposal!), answer: 'approve', reason: 'the test is over' });
  const { waits: [check] = [] } = await site.untilPackage('away', ({ waits = [] }) => (waits[0]?.failed ?? 0) >= 1);
  expect(check).toMatchObject({ activity: 'dependencyCheck', why: expect.stringContaining("system 'erp' cannot be reached") });
  away = false;
  await untilHeldUp('rollBackAccess', busy);
  goesAway();
  await busy.letGo();
  const { waits: [wait] = [] } = await site.untilPackage('away', ({ waits = [] }) => (waits[0]?.failed ?? 0) >= 1);
  expect(wait).toMatchObject({ activity: 'rollBackAccess', system: 'erp' });
  expect(await site.erp.count(roles)).toBe(2);
  away = false;
  const ended = await site.untilPackage('away', ({ state }) => state === 'Rolled back');
  expect(ended).not.toHaveProperty('waits');
  expect(await site.erp.count(roles)).toBe(0);
});
