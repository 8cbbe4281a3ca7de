/**
 * npm start: Rolewave for a plan of one's own. Starts what the environment does not name (Temporal, PostgreSQL), then API and worker, and keeps them
 * running until Ctrl-C. Everything is kept in ROLEWAVE_HOME: the next start goes on from there.
 */
import { startDevServer } from './dev-server.ts';
import { freePort } from './free-port.ts';
import { createProgress } from './progress.ts';
import { claimFolder, endLeftovers, startApiAndWorker, startStore, withTemporal, type Place, type Started } from './rolewave.ts';
import { startSettingsFrom, type StartSettings } from './start-settings.ts';

const progress = createProgress();
const running: { what: string; server: Started }[] = [];
let release = () => {};

const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
});

/** Resolves when one of the servers has ended although nobody asked for it; with its name. */
async function start(): Promise<string> {
  const settings = startSettingsFrom(process.env);
  const { home } = settings;
  release = claimFolder(home);
  await endLeftovers(home);

  let toldOfEnd: (what: string) => void = () => {};
  const endedByItself = new Promise<string>((resolve) => {
    toldOfEnd = resolve;
  });
  const place: Place = {
    home,
    progress,
    onStart: (what, server) => {
      running.push({ what, server });
      void server.ended.then(() => toldOfEnd(what));
    },
  };

  let env: NodeJS.ProcessEnv = { NODE_ENV: 'production', ...process.env, ...(settings.issuesTokens ? { ROLEWAVE_DEMO: '1' } : {}) };
  if (!settings.ownDatabase) env = { ...env, DATABASE_URL: (await startStore(place)).databaseUrl };
  let temporalUi: string | undefined;
  if (!settings.temporal) {
    const temporal = await startDevServer({ home, namespace: settings.namespace, progress });
    place.onStart("Temporal's dev server", temporal);
    temporalUi = temporal.uiAddress;
    env = withTemporal(env, home, temporal);
  }
  const at = {
    host: settings.host,
    apiPort: await portFor('ROLEWAVE_PORT', settings.apiPort, 8088),
    healthPort: await portFor('ROLEWAVE_WORKER_HEALTH_PORT', settings.healthPort, 8089),
  };
  const apiUrl = await startApiAndWorker(place, at, env);
  console.log(whatToTry({ settings, apiUrl, temporalUi, healthUrl: `http://127.0.0.1:${at.healthPort}/readyz` }));
  return endedByItself;
}

/** A port that was asked for is taken or refused; the usual one gives way to another. */
async function portFor(variable: string, asked: number | undefined, usual: number): Promise<number> {
  const port = await freePort(asked ?? usual);
  if (asked !== undefined && port !== asked) throw new Error(`Port ${asked} is in use by another program: set ${variable} to a free one.`);
  return port;
}

interface Serving {
  settings: StartSettings;
  apiUrl: string;
  temporalUi: string | undefined;
  healthUrl: string;
}

function whatToTry({ settings, apiUrl, temporalUi, healthUrl }: Serving): string {
  const { home, namespace, temporal, ownDatabase, issuesTokens } = settings;
  const as = issuesTokens ? ' --as PERSON' : '';
  return `
Rolewave runs until Ctrl-C.

  API           ${apiUrl}
  worker        ${healthUrl}
  Temporal      ${temporalUi ? `${temporalUi}/namespaces/${namespace}/workflows` : `${temporal?.address}, namespace ${namespace} (yours)`}
  store         ${ownDatabase ? 'the PostgreSQL of DATABASE_URL (yours)' : `${home}/postgres`}
  logs          ${home}/api.log, ${home}/worker.log

${
  issuesTokens
    ? 'No identity is set (ROLEWAVE_IDENTITY_JWKS): it issues tokens itself, to whoever asks from this machine, as ROLEWAVE_DEMO=1 does. Not for production.'
    : 'Your people’s tokens are expected in ROLEWAVE_TOKEN.'
}

Three commands to try, in another terminal in this folder${apiUrl === 'http://127.0.0.1:8088' ? '' : ` (after: export ROLEWAVE_URL=${apiUrl})`}${issuesTokens ? '; PERSON is one of the plan’s operators' : ''}:

  npx rolewave validate plan.yaml
  npx rolewave${as} plan plan.yaml
  npx rolewave${as} apply plan.yaml
`;
}

/** Last started first: nothing loses what it stands on. */
async function stopAll(): Promise<void> {
  for (const { what, server } of running.toReversed()) {
    await server.stop().catch((error: unknown) => console.error(`${what} did not end as it should: ${String(error)}`));
  }
  release();
}

const outcome = await Promise.race([start(), interrupted]).catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  return 'failed' as const;
});
if (outcome === 'interrupted') console.log('\nStopping …');
else if (outcome !== 'failed') console.error(`\n${outcome} has ended by itself; the end of its log says why. Stopping the others …`);
await stopAll();
process.exit(outcome === 'interrupted' ? 0 : 1);
