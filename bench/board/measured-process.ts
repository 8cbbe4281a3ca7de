/** A server as a process of its own, which can say how much memory it uses. Both sides of a comparison run this way. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess } from '../../provision/server-process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const door = new URL('../engine/memory-door.ts', import.meta.url).href;

export interface MeasuredProcess {
  url: string;
  /** Bytes, after garbage collection. */
  memory(): Promise<{ rss: number; heap: number }>;
  stop(): Promise<void>;
}

/** `main`: serves /healthz on ROLEWAVE_PORT. */
export async function startMeasured(name: string, main: string, home: string, env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
  const [port, doorPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const file = name.replaceAll(' ', '-');
  const running = await startServerProcess({
    name,
    command: process.execPath,
    args: ['--expose-gc', '--import', door, main],
    cwd: project,
    env: { ...env, ROLEWAVE_PORT: String(port), BENCH_DOOR_PORT: String(doorPort) },
    logFile: join(home, `${file}.log`),
    recordFile: join(home, `${file}.json`),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  return {
    url,
    memory: async () => (await fetch(`http://127.0.0.1:${doorPort}`, { signal: AbortSignal.timeout(60_000) })).json() as Promise<{ rss: number; heap: number }>,
    stop: () => running.stop(),
  };
}
