/** The servers of the demonstration, in separate processes as in production, with a way to stop each. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startDevServer } from '../provision/dev-server.ts';
import { freePort } from '../provision/free-port.ts';
import { buildPagesOnce } from '../provision/pages.ts';
import type { Progress } from '../provision/progress.ts';
import { endLeftovers as endLeftoversOfRolewave, type Place, startApiAndWorker, startStore, withTemporal } from '../provision/rolewave.ts';
import { endLeftover } from '../provision/server-process.ts';
import { type ErpDatabase, prepareErp } from './database.ts';
import { type Desk, directoryRecord, startDesk } from './desk.ts';
import type { CompanyPerson } from './directory.ts';

export interface Servers {
  apiUrl: string;
  temporalUi: string;
  /** For commands in another terminal. */
  temporalAddress: string;
  erp: ErpDatabase;
  desk: Desk;
  /** File of all notices in full: the live table has no room for them. */
  noticesFile: string;
}

export interface ServersOptions {
  home: string;
  progress: Progress;
  /** The company's people, who become entries of its directory. */
  people: CompanyPerson[];
  withoutDirectory: boolean;
}

/** Calls `onStop` with each server's stop function as soon as the server runs; the last one must be stopped first. */
export async function startServers(
  { home, progress, people, withoutDirectory }: ServersOptions,
  onStop: (what: string, stop: () => Promise<void>) => void,
): Promise<Servers> {
  mkdirSync(home, { recursive: true });
  await endLeftovers(home);
  const isUsed = existsSync(join(home, 'opening-state.json'));
  const place: Place = { home, progress, onStart: (what, server) => onStop(what, () => server.stop()) };
  const { databaseUrl, superuserUrl } = await startStore(place);
  const erp = await prepareErp(superuserUrl);
  const desk = await startDesk(place, { erp, people, withoutDirectory, isUsed });

  const temporal = await startDevServer({ home, progress });
  place.onStart('Temporal', temporal);

  await buildPagesOnce(progress);
  const healthPort = await freePort(8089);
  const apiPort = await freePort(8088);
  const env = {
    ...withTemporal(withoutOurs(process.env), home, temporal),
    NODE_ENV: 'production',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    ROLEWAVE_DEMO: '1',
    DATABASE_URL: databaseUrl,
    ROLEWAVE_SITE: desk.siteFile,
    ERP_DATABASE_URL: erp.url.rolewave_svc,
    DIRECTORY_URL: desk.connection,
  };
  const noticesFile = join(home, 'notices.txt');
  const noticesTo = openSync(noticesFile, 'a', 0o600);
  const apiUrl = await startApiAndWorker(place, { host: '127.0.0.1', apiPort, healthPort, noticesTo }, env).finally(() => closeSync(noticesTo));
  return { apiUrl, temporalUi: temporal.uiAddress, temporalAddress: temporal.address, erp, desk, noticesFile };
}

/** Keeps the settings of the user's own Rolewave, Temporal or PostgreSQL from the demonstration's, and the reverse; and no real person gets its notices. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ROLEWAVE_|TEMPORAL_|PG|NOTICE_|SMTP_)/.test(name)));
}

/** Ends the processes that a killed run left behind. Throws when that run is still active. */
export async function endLeftovers(home: string): Promise<void> {
  await endLeftoversOfRolewave(home);
  await endLeftover('OpenLDAP', directoryRecord(home), 'SIGTERM');
}
