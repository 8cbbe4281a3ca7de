/**
 * npm run demo: starts Temporal, PostgreSQL, a directory, API and worker, applies examples/role-packages.yaml, and plays its people through the HTTP endpoint
 * while a load generator plays the company at work.
 *
 *   --exit    ends when the five stories have ended; exit code 0 only when each has its expected end
 *   --decide  leaves the rollback of the last story to you: it waits until two people have approved it on the board
 *   --reset   deletes the data of earlier runs and starts over
 *   --without-directory   grants the service desk's package in PostgreSQL, as on a machine that cannot have OpenLDAP; decided when the data is new
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { statusTable } from '../cli/table.ts';
import { planSchema } from '../domain/plan/schema.ts';
import { instantText } from '../domain/time/instant.ts';
import { removePostgres } from '../provision/postgres.ts';
import { createProgress, readableDuration } from '../provision/progress.ts';
import { Board, stateOf } from './board.ts';
import { holders } from './database.ts';
import { removeDesk } from './desk.ts';
import { startLoadGenerator } from './load-generator.ts';
import { printOutcome, printWhatToTry, type Result } from './outcome.ts';
import { RolewaveClient } from './rolewave-client.ts';
import { createScreen } from './screen.ts';
import { endLeftovers, type Servers, startServers } from './servers.ts';
import { type Scene, type Story, stories, warehouseRoles } from './stories.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const planFile = join(project, 'examples', 'role-packages.yaml');
/** Applied when the stories have ended: it waits for the person who looks. */
const yourTurnFile = join(project, 'examples', 'your-turn.yaml');
const operator = 'anna.lindgren';

const { values: options } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    decide: { type: 'boolean', default: false },
    reset: { type: 'boolean', default: false },
    'without-directory': { type: 'boolean', default: false },
  },
});
/** settings/own-endpoint.ts knows it too, so that the doctor finds the demo's servers. */
const home = join(process.env.ROLEWAVE_HOME || join(project, '.rolewave'), 'demo');
const progress = createProgress();
const stops: { what: string; stop: () => Promise<void> }[] = [];
let stopping: Promise<void> | undefined;

/** Ends everything, last started first, and only once. */
function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (const { what, stop } of stops.toReversed()) {
      await stop().catch((error: unknown) => process.stderr.write(`${what} did not stop cleanly: ${String(error)}\n`));
    }
  })();
  return stopping;
}

const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
});

async function main(): Promise<number> {
  if (options.reset) await forget();
  const yaml = readFileSync(planFile, 'utf8');
  const plan = planSchema.parse(parse(yaml));
  const people = plan.people.map(({ id, name, team, accounts }) => ({ account: accounts['directory'] ?? id, name, team }));
  const servers = await startServers({ home, progress, people, withoutDirectory: options['without-directory'] }, (what, stop) => stops.push({ what, stop }));

  const client = new RolewaveClient(servers.apiUrl, plan.plan);
  const opening = await openingState(servers);
  const load = await startLoadGenerator(servers.erp.url.erp_application, {
    dayMs: plan.clock?.day ?? 86_400_000,
    historyDays: 30,
    heldElsewhere: servers.desk.holders,
  });
  stops.push({ what: 'the load generator', stop: load.stop });

  process.stdout.write(
    `\nBoard: ${servers.apiUrl}/\nTemporal UI: ${servers.temporalUi}\nEvery notice:  tail -f ${servers.noticesFile}\n${whereGranted(servers)}\nEverything is running; the five stories take about a minute and a half. A plan day lasts two seconds.\nYou do not have to do anything: the demo plays the people. '→ asks' shows whom Rolewave asks for what, until they have done it.\n\n`,
  );
  const startMs = Date.now();
  const { revision, changed } = await client.apply(operator, yaml);
  const screen = createScreen(process.stdout, (waves, width) => statusTable(waves, Date.now(), width));
  screen.tell(
    changed
      ? `${operator} applies examples/role-packages.yaml: revision ${revision}`
      : `examples/role-packages.yaml is already applied (revision ${revision}); the demonstration continues from there`,
  );
  const board = new Board(client, operator);
  board.start(() => screen.update(board.waves, board.notices));
  stops.push({ what: 'the board', stop: () => board.stop() });

  const results = await Promise.all(
    stories.map((story) => playToItsEnd(story, { client, board, erp: servers.erp, desk: servers.desk, opening, decide: options.decide, tell: screen.tell })),
  );
  screen.close();
  const good = await printOutcome(board, results, servers.erp);
  process.stdout.write(
    `${good ? 'Every package ended as expected' : 'NOT every package ended as expected'}, after ${readableDuration(Date.now() - startMs)}.\n`,
  );
  if (!options.exit) {
    const yourTurn = readFileSync(yourTurnFile, 'utf8');
    writeFileSync(yourTurnBegan, '');
    await new RolewaveClient(servers.apiUrl, planSchema.parse(parse(yourTurn)).plan).apply(operator, yourTurn);
    printWhatToTry(servers, plan.plan, instantText(plan.clock?.until ?? Date.now()));
    await interrupted;
  }
  return good ? 0 : 1;
}

const whereGranted = ({ desk }: Servers): string =>
  desk.directoryUrl === undefined
    ? 'All five packages are granted in PostgreSQL: this demonstration has no directory.'
    : `Service Desk Resolver is granted in ${desk.where}, the other four packages in PostgreSQL.`;

/** A story with its expected end from an earlier run, or whose wave is closed, is not played again. */
async function playToItsEnd(story: Story, scene: Scene): Promise<Result> {
  try {
    // After a restart, a released package answers a moment later than its wave.
    const seen = await scene.board.until(
      story.rolePackage,
      'its wave and package to answer',
      (found) => (found.running !== undefined || found.planned.releasedAtMs === undefined) && found,
    );
    const isPlayed = seen.wave.stage === 'closed' || (stateOf(seen) === story.ends && story.proof(seen) === true);
    if (!isPlayed) await story.play(scene);
    // What visitors release afterwards changes the database, as it should.
    if (!isPlayed || !existsSync(yourTurnBegan)) await story.check?.(scene);
    return { story };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    if (!stopping) scene.tell(`✗ ${story.rolePackage}: ${failure}`);
    return { story, failure };
  }
}

/** Is there once visitors may act. */
const yourTurnBegan = join(home, 'your-turn-began');

/** Who held the warehouse's roles before the first apply; kept for the comparison at the end, even of a later run. */
async function openingState({ erp }: Servers): Promise<string[]> {
  const file = join(home, 'opening-state.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(await holders(erp.superuserUrl, warehouseRoles)));
  return JSON.parse(readFileSync(file, 'utf8')) as string[];
}

async function forget(): Promise<void> {
  await endLeftovers(home);
  await removePostgres(join(home, 'postgres'));
  await removeDesk(home);
  rmSync(home, { recursive: true, force: true });
}

const code = await Promise.race([main(), interrupted]).catch((error: unknown) => {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
if (code === 'interrupted') process.stdout.write('\nStopping …\n');
await stopAll();
process.exit(code === 'interrupted' ? (options.exit ? 130 : 0) : code);
