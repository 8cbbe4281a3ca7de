/** `npm run cluster`: the real Temporal server on PostgreSQL, as docker-compose.yml runs it, on this machine until Ctrl-C. `--reset` starts anew. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removePostgres } from './postgres.ts';
import { createProgress } from './progress.ts';
import { claimFolder, type Place, type Started } from './rolewave.ts';
import { endLeftover } from './server-process.ts';
import { startTemporalCluster } from './temporal-cluster.ts';

const running: { what: string; server: Started }[] = [];
let release = () => {};

const interrupted = new Promise<'interrupted'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done('interrupted'));
});

/** Resolves with the name of the server that ended although nobody asked for it. */
async function start(): Promise<string> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false }, port: { type: 'string', default: '7233' } } });
  const home = join(resolve(process.env['ROLEWAVE_HOME'] || fileURLToPath(new URL('../.rolewave', import.meta.url))), 'cluster');
  const port = portFrom(values.port);
  release = claimFolder(home);
  if (values.reset) {
    await endLeftover("Temporal's server", join(home, 'temporal-server.json'), 'SIGTERM');
    await removePostgres(join(home, 'postgres'));
  }
  let toldOfEnd: (what: string) => void = () => {};
  const endedByItself = new Promise<string>((done) => {
    toldOfEnd = done;
  });
  const place: Place = {
    home,
    progress: createProgress(),
    onStart: (what, server) => {
      running.push({ what, server });
      void server.ended.then(() => toldOfEnd(what));
    },
  };
  const { address, namespace } = await startTemporalCluster(place, {
    namespace: process.env['TEMPORAL_NAMESPACE'] || 'default',
    port,
  });
  console.log(`
Temporal's server runs on PostgreSQL until Ctrl-C; its files and its log are in ${home}.

  export TEMPORAL_ADDRESS=${address} TEMPORAL_NAMESPACE=${namespace}

In another terminal in this folder, after that line:

  npm start                                                      API and worker on this server
  ROLEWAVE_TEST_TEMPORAL_ADDRESS=${address} npm run test:server  the server tests on it (namespace default)
  npm run bench -- engine                                        what the engine costs
`);
  return endedByItself;
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port is '${text}': it is a port number, such as 7233`);
  return port;
}

/** Last started first: the server gives its connections back before the database ends. */
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
else if (outcome !== 'failed') console.error(`\n${outcome} has ended by itself; the end of its log says why. Stopping the other one …`);
await stopAll();
process.exit(outcome === 'interrupted' ? 0 : 1);
