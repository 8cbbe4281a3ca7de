/**
 * The hostile administrator: whatever administrators do meanwhile, wherever workers are killed and whatever becomes of answers on the line, Rolewave revokes
 * nothing of others, loses nothing, grants nothing twice, leaves nothing behind, and grants nothing but what was signed. See CONTRIBUTING.md for how a run is
 * repeated and resumed.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { HostilePeer, HostileServer, NotHeld } from './peer.ts';
import { missing, peers } from './peers.ts';
import { writeResult } from './results.ts';
import { anyScenario } from './scenario.ts';
import { play } from './story.ts';
import { judged } from './verdict.ts';
import { Workers } from './workers.ts';

const setting = (name: string): string | undefined => process.env[`ROLEWAVE_HOSTILE_${name}`];
/** Of each kind of peer, over all of its versions. */
const runsOf = ({ usual = 30 }: HostilePeer): number => Number(setting('RUNS') ?? usual);
/** From so many on, the result is written down; a peer may have fewer. */
const usualLong = 200;
const path = setting('PATH');
const mostMs = Number(setting('MINUTES') ?? Infinity) * 60_000;
const shrinkForMs = Number(setting('SHRINK_MINUTES') ?? 5) * 60_000;

/** What a story tells, by its lines. */
const counted: [string, RegExp][] = [
  ['grants', /^ {2}rolewave .*: grant /],
  ['revokes', /^ {2}rolewave .*: revoke /],
  ['workers killed', /^ {2}Error: killed/],
  ['workers asleep', / sleeps$/],
  ['answers disturbed', /, answer \d+ /],
  ["administrators' changes", /^ {2}((grant|revoke|alter|create|drop|lock) |\w+: (add|delete|modify|modrdn) )/],
];

const say = (line: string) => void process.stdout.write(`${line}\n`);

let database: TestDatabase;
let store: Store;
const workers = new Workers();

beforeAll(async () => {
  database = await createDatabase('hostile');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await workers.close();
  await store?.close();
  await database?.drop();
});

for (const name of missing) test(`on ${name}`, ({ skip }) => skip());

describe.each(peers)('on $name', (peer) => {
  let server: HostileServer;
  beforeAll(async () => {
    server = await peer.start();
  });
  afterAll(() => server?.stop());

  test('0 foreign revokes, 0 lost, 0 duplicates, 0 left behind, 0 granted to another role or person than signed', async () => {
    const seed = Number(setting('SEED') ?? Math.floor(Math.random() * 2 ** 31));
    const runs = runsOf(peer);
    const asked = Math.ceil(runs / peers.filter(({ kind }) => kind === peer.kind).length);
    // The path of a failure has colons. Only a number is where an earlier run ended.
    const isShrunk = path?.includes(':') === true;
    const from = path === undefined ? 0 : Number(path.split(':')[0]);
    const numRuns = isShrunk ? asked : Math.max(1, asked - from);
    const isLong = !isShrunk && (peer.long === undefined ? runs >= usualLong : asked >= peer.long);
    say(`${peer.name}: ${numRuns} scenarios; ROLEWAVE_HOSTILE_SEED=${seed} repeats them`);
    const begunMs = Date.now();
    let started = from;
    let failedAtMs: number | undefined;
    const counts = new Map<string, number>();
    const unheld = new Map<NotHeld, number>(peer.notHeld?.map((one) => [one, 0]));
    const check = fc.asyncProperty(anyScenario(peer), async (scenario) => {
      // Shrinking has its own limit: what was found by then is reported.
      if (failedAtMs !== undefined && Date.now() - failedAtMs > shrinkForMs) return;
      if (failedAtMs === undefined && started > 0 && started % 10 === 0) say(`${peer.name}: ${started} played; ROLEWAVE_HOSTILE_PATH=${started} resumes here`);
      if (failedAtMs === undefined) started += 1;
      const { violations, story } = await play({ peer, server, store, storeUrl: database.url, workers }, scenario);
      if (failedAtMs === undefined)
        for (const [what, line] of counted) counts.set(what, (counts.get(what) ?? 0) + story.filter((one) => line.test(one)).length);
      const { broken, notHeld } = judged(violations, peer.notHeld ?? []);
      if (failedAtMs === undefined) for (const [what, count] of notHeld) unheld.set(what, (unheld.get(what) ?? 0) + count);
      if (broken.length === 0) return;
      const told = `${[...new Set(broken)].join('\n')}\n\nThe story:\n${story.join('\n')}`;
      // Said at once, because a run may be ended while it shrinks.
      if (failedAtMs === undefined) say(`${peer.name}: scenario ${started - 1} of seed ${seed} failed, and is shrunk now\n${told}`);
      failedAtMs ??= Date.now();
      expect.fail(told);
    });
    const result = { peer: peer.name, seed, from, counts, unheld, begunMs };
    try {
      const most = Number.isFinite(mostMs) ? { interruptAfterTimeLimit: mostMs } : {};
      await fc.assert(check, { seed, numRuns, ...(path === undefined ? {} : { path }), ...most, verbose: 0 });
    } catch (error) {
      if (isLong) await writeResult({ ...result, scenarios: started, failed: true, endedMs: failedAtMs ?? Date.now() });
      throw error;
    }
    say(`${peer.name}: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`);
    for (const [{ guarantee }, count] of unheld) say(`${peer.name}: not held here, found ${count} times: ${guarantee}`);
    expect(started).toBeGreaterThan(0);
    // A suite in which nothing happens would pass as well.
    if (numRuns >= 10 && path === undefined) for (const [what] of counted) expect(counts.get(what), what).toBeGreaterThan(0);
    if (isLong) await writeResult({ ...result, scenarios: started, failed: false, endedMs: Date.now() });
  });
});
