/** One side's worker in its own process, which can be killed and can report how much memory it uses. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess, type ServerProcess } from '../../provision/server-process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

export class WorkerProcess {
  readonly #name: string;
  readonly #main: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #home: string;
  #process: ServerProcess | undefined;
  #doorPort = 0;
  /** Where /readyz answers while it runs. */
  url = '';

  /** `main`: a file of the project. It must serve /readyz on ROLEWAVE_WORKER_HEALTH_PORT. */
  constructor(name: string, main: string, home: string, env: NodeJS.ProcessEnv) {
    this.#name = name;
    this.#main = join(project, main);
    this.#home = home;
    this.#env = env;
  }

  /** Resolves when it polls. */
  async start(): Promise<void> {
    if (this.#process) return;
    const [port, doorPort] = [await freePort(), await freePort()];
    this.#doorPort = doorPort;
    this.url = `http://127.0.0.1:${port}`;
    const file = this.#name.replaceAll(' ', '-');
    this.#process = await startServerProcess({
      name: this.#name,
      command: process.execPath,
      // Both sides get the same heap, with room in the cache for all waves and packages that a measurement has open at once.
      args: ['--expose-gc', '--max-old-space-size=4096', '--import', new URL('memory-door.ts', import.meta.url).href, this.#main],
      cwd: project,
      env: { ...this.#env, ROLEWAVE_WORKER_HEALTH_PORT: String(port), BENCH_DOOR_PORT: String(doorPort) },
      logFile: join(this.#home, `${file}.log`),
      recordFile: join(this.#home, `${file}.json`),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 40_000,
      readyTimeoutMs: 120_000,
      isReady: async () => (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
    });
  }

  /** Sends SIGKILL, which has the effect of a machine failure. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (!running) return;
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    await this.stop();
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.stop();
  }

  /** Bytes, after garbage collection in all threads. `heap`: the JavaScript heap, summed over all threads. */
  async memory(): Promise<{ rss: number; heap: number }> {
    return (await fetch(`http://127.0.0.1:${this.#doorPort}`, { signal: AbortSignal.timeout(60_000) })).json() as Promise<{ rss: number; heap: number }>;
  }
}
