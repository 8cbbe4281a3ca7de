/**
 * The hostile administrator: whatever administrators do meanwhile and wherever workers die, Rolewave revokes nothing of others, loses nothing, grants nothing
 * twice, leaves nothing behind, and grants nothing but what was signed. See CONTRIBUTING.md for how a run is repeated and resumed.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { anyScenario } from './scenario.ts';
import { startLoggedServer, versions, type LoggedServer } from './postgres/server.ts';
import { play } from './story.ts';

const setting = (name: string): string | undefined => process.env[`ROLEWAVE_HOSTILE_${name}`];
/** Of all versions together. */
const runs = Number(setting('RUNS') ?? 60);
const path = setting('PATH');
const shrinkForMs = Number(setting('SHRINK_MINUTES') ?? 5) * 60_000;

/** What a story tells, by its lines. */
const counted: [string, RegExp][] = [
  ['grants', /^ {2}rolewave .*: grant /],
  ['revokes', /^ {2}rolewave .*: revoke /],
  ['workers killed', /^ {2}Error: killed/],
  ['workers asleep', / sleeps$/],
  ["administrators' statements", /^ {2}(grant|revoke|alter|create|drop|lock) /],
];

const say = (line: string) => void process.stdout.write(`${line}\n`);

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('hostile');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe.each(versions)('on PostgreSQL %i', (version) => {
  let server: LoggedServer;
  beforeAll(async () => {
    server = await startLoggedServer(version);
  });
  afterAll(() => server?.stop());

  test('0 foreign revokes, 0 lost, 0 duplicates, 0 left behind, 0 granted to another role or person than signed', async () => {
    const seed = Number(setting('SEED') ?? Math.floor(Math.random() * 2 ** 31));
    const numRuns = Math.ceil(runs / versions.length);
    say(`PostgreSQL ${version}: ${numRuns} scenarios; ROLEWAVE_HOSTILE_SEED=${seed} repeats them`);
    let started = path === undefined ? 0 : Number(path.split(':')[0]);
    let failedAtMs: number | undefined;
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(anyScenario(version), async (scenario) => {
        // Shrinking has its own limit: what was found by then is reported.
        if (failedAtMs !== undefined && Date.now() - failedAtMs > shrinkForMs) return;
        if (failedAtMs === undefined && started > 0 && started % 10 === 0)
          say(`PostgreSQL ${version}: ${started} played; ROLEWAVE_HOSTILE_PATH=${started} resumes here`);
        if (failedAtMs === undefined) started += 1;
        const { violations, story } = await play(server, store, scenario);
        if (failedAtMs === undefined)
          for (const [what, line] of counted) counts.set(what, (counts.get(what) ?? 0) + story.filter((one) => line.test(one)).length);
        if (violations.length === 0) return;
        const told = `${[...new Set(violations)].join('\n')}\n\nThe story:\n${story.join('\n')}`;
        // Said at once, because a run may be ended while it shrinks.
        if (failedAtMs === undefined) say(`PostgreSQL ${version}: scenario ${started - 1} of seed ${seed} failed, and is shrunk now\n${told}`);
        failedAtMs ??= Date.now();
        expect.fail(told);
      }),
      { seed, numRuns, ...(path === undefined ? {} : { path }), verbose: 0 },
    );
    say(`PostgreSQL ${version}: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`);
    // A suite in which nothing happens would pass as well.
    if (numRuns >= 10 && path === undefined) for (const [what] of counted) expect(counts.get(what), what).toBeGreaterThan(0);
  });
});
