/**
 * npm start: Rolewave for your own plan. Starts the servers that the environment does not name (Temporal, PostgreSQL), then API and worker, and keeps them
 * running until Ctrl-C. All data is in ROLEWAVE_HOME, and the next start continues from there.
 */
import { startDevServer } from './dev-server.ts';
import { freePort } from './free-port.ts';
import { writeFirstSite } from '../settings/first-site-file.ts';
import { lastPort } from '../settings/own-endpoint.ts';
import { buildPagesOnce } from './pages.ts';
import { createProgress } from './progress.ts';
import { endLeftovers, startApiAndWorker, startStore, withTemporal, type Place } from './rolewave.ts';
import { serveUntilEnded, type Lifetime } from './serve-until-ended.ts';
import { startSettingsFrom, type StartSettings } from './start-settings.ts';
import { temporalListLink, temporalQueries } from '../domain/temporal-ui/link.ts';

const progress = createProgress();
const usualPort = 8088;

async function start({ onStart, claim }: Lifetime): Promise<void> {
  const settings = startSettingsFrom(process.env);
  const { home } = settings;
  claim(home);
  await endLeftovers(home);

  const place: Place = {
    home,
    progress,
    onStart,
  };

  const siteIsNew = writeFirstSite(settings.siteFile);
  let env: NodeJS.ProcessEnv = {
    NODE_ENV: 'production',
    ...process.env,
    ROLEWAVE_SITE: settings.siteFile,
    ...(settings.issuesTokens ? { ROLEWAVE_DEMO: '1' } : {}),
  };
  if (!settings.ownDatabase) env = { ...env, DATABASE_URL: (await startStore(place)).databaseUrl };
  let temporalUi: string | undefined;
  let uiPortTaken: number | undefined;
  if (!settings.temporal) {
    const temporal = await startDevServer({ home, namespace: settings.namespace, progress });
    place.onStart("Temporal's dev server", temporal);
    temporalUi = temporal.uiAddress;
    uiPortTaken = temporal.uiPortTaken;
    env = withTemporal(env, home, temporal);
  }
  const kept = lastPort(home);
  const at = {
    host: settings.host,
    apiPort: await portFor('ROLEWAVE_PORT', settings.apiPort, kept ?? usualPort),
    healthPort: await portFor('ROLEWAVE_WORKER_HEALTH_PORT', settings.healthPort, 8089),
  };
  await buildPagesOnce(progress);
  const apiUrl = await startApiAndWorker(place, at, env);
  const wasTaken = (settings.apiPort ?? kept) === undefined && at.apiPort !== usualPort;
  console.log(whatToTry({ settings, siteIsNew, apiUrl, wasTaken, temporalUi, uiPortTaken, healthUrl: `http://127.0.0.1:${at.healthPort}/readyz` }));
}

/** The requested port, or an error when it is taken; without a request, the usual port or another free one. */
async function portFor(variable: string, asked: number | undefined, usual: number): Promise<number> {
  const port = await freePort(asked ?? usual);
  if (asked !== undefined && port !== asked) throw new Error(`Port ${asked} is in use by another program: set ${variable} to a free one.`);
  return port;
}

interface Serving {
  settings: StartSettings;
  siteIsNew: boolean;
  apiUrl: string;
  /** The usual port was, so it has another. */
  wasTaken: boolean;
  temporalUi: string | undefined;
  /** The port that it had wanted, if another program has it. */
  uiPortTaken: number | undefined;
  healthUrl: string;
}

function whatToTry({ settings, siteIsNew, apiUrl, wasTaken, temporalUi, uiPortTaken, healthUrl }: Serving): string {
  const { home, namespace, temporal, ownDatabase, issuesTokens, signsIn, publicUrl = apiUrl } = settings;
  const inUse = uiPortTaken === undefined ? '' : ` (port ${uiPortTaken} is in use)`;
  const temporalAt = temporalUi
    ? `${temporalListLink(temporalUi, namespace, temporalQueries.wavesAndPackages)}${inUse}`
    : `${temporal?.address}, namespace ${namespace} (yours)`;
  // The command looks where npm start keeps its data by default.
  const isFound = apiUrl === `http://127.0.0.1:${usualPort}` || !process.env['ROLEWAVE_HOME'];
  return `
Board: ${publicUrl}/

Rolewave runs until Ctrl-C.

  API           ${apiUrl}${wasTaken ? ` (port ${usualPort} is in use)` : ''}
  worker        ${healthUrl}
  Temporal      ${temporalAt}
  store         ${ownDatabase ? 'the PostgreSQL of DATABASE_URL (yours)' : `${home}/postgres`}
  site file     ${settings.siteFile}${siteIsNew ? ', new: it lists no system yet, and separation of duties is OFF in it, for a team of one (separationOfDuties)' : ''}
  logs          ${home}/api.log, ${home}/worker.log

${
  issuesTokens
    ? 'No identity is set (ROLEWAVE_IDENTITY_JWKS): on this machine anyone may sign in as anyone, and get tokens, as with ROLEWAVE_DEMO=1. Not for production.'
    : `${signsIn ? '' : 'So that people can sign in at the board, set ROLEWAVE_IDENTITY_CLIENT_ID. '}People get tokens for the command with rolewave login, or put one into ROLEWAVE_TOKEN.`
}

Three commands to try, in another terminal in this folder${issuesTokens ? '; without --as PERSON you are the plan’s first operator' : ''}:
${isFound ? '' : `\n  export ROLEWAVE_URL=${apiUrl}`}
  npx rolewave validate plan.yaml
  npx rolewave plan plan.yaml
  npx rolewave apply plan.yaml
${issuesTokens ? '\nWith several plans, say who you are where nobody operates all of them: export ROLEWAVE_PERSON=PERSON\n' : ''}`;
}

await serveUntilEnded(start, 'the others');
