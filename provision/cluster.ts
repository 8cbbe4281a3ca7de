/** `npm run cluster`: the real Temporal server on PostgreSQL, as docker-compose.yml runs it, on this machine until Ctrl-C. `--reset` deletes earlier data. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removePostgres } from './postgres.ts';
import { createProgress } from './progress.ts';
import type { Place } from './rolewave.ts';
import { serveUntilEnded, type Lifetime } from './serve-until-ended.ts';
import { endLeftover } from './server-process.ts';
import { startTemporalCluster } from './temporal-cluster.ts';

async function start({ onStart, claim }: Lifetime): Promise<void> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false }, port: { type: 'string', default: '7233' } } });
  const home = join(resolve(process.env['ROLEWAVE_HOME'] || fileURLToPath(new URL('../.rolewave', import.meta.url))), 'cluster');
  const port = portFrom(values.port);
  claim(home);
  if (values.reset) {
    await endLeftover("Temporal's server", join(home, 'temporal-server.json'), 'SIGTERM');
    await removePostgres(join(home, 'postgres'));
  }
  const place: Place = {
    home,
    progress: createProgress(),
    onStart,
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
  npm run bench -- engine                                        what Temporal itself costs
`);
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port is '${text}': write a port number, such as 7233`);
  return port;
}

await serveUntilEnded(start, 'the other one');
