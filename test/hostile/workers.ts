/** Worker processes that are killed for good: SIGKILL, at a point that the process itself has reached and told. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AtPoint } from './points.ts';
import type { Assignment, Told } from './worker-process.ts';

export class Killed extends Error {}

/** What an activity in another process failed with. */
export class FailedElsewhere extends Error {
  readonly type: string | undefined;
  readonly nonRetryable: boolean | undefined;
  readonly details: unknown[] | undefined;

  constructor({ message, type, nonRetryable, details }: { message: string; type?: string; nonRetryable?: boolean; details?: unknown }) {
    super(message);
    this.type = type;
    this.nonRetryable = nonRetryable;
    this.details = details as unknown[] | undefined;
  }
}

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** Processes take a second to start, so the next one is started when one is taken. */
export class Workers {
  #next: Promise<ChildProcess>[] = [];
  readonly #all = new Set<ChildProcess>();

  /** Runs one activity. `at`: throws Killed where the process is to be killed. */
  async run(assignment: Assignment, at: AtPoint): Promise<unknown> {
    const worker = await this.#taken();
    try {
      const answer = await conversation(worker, assignment, at);
      this.#next.push(Promise.resolve(worker));
      return answer;
    } catch (error) {
      if (error instanceof Killed) await killed(worker);
      else this.#next.push(Promise.resolve(worker));
      throw error;
    }
  }

  /** One that waits already, from now on. */
  warmUp(): void {
    if (this.#next.length > 0) return;
    const started = this.#started();
    // Nobody may wait for it before it is ended.
    started.catch(() => undefined);
    this.#next.push(started);
  }

  async close(): Promise<void> {
    this.#next = [];
    await Promise.all([...this.#all].map(killed));
  }

  async #taken(): Promise<ChildProcess> {
    const worker = await (this.#next.shift() ?? this.#started());
    this.warmUp();
    return worker;
  }

  async #started(): Promise<ChildProcess> {
    const child = fork(program, { execArgv: ['--no-warnings'], serialization: 'advanced' });
    this.#all.add(child);
    // What cannot be sent to it any more is told by its end.
    child.on('error', () => undefined);
    child.once('exit', () => this.#all.delete(child));
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('a worker process ended as soon as it was started');
      }),
    ]);
    return child;
  }
}

function conversation(worker: ChildProcess, assignment: Assignment, at: AtPoint): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      worker.off('message', listen);
      worker.off('exit', gone);
      settle();
    };
    const gone = (code: number | null) => end(() => reject(new Error(`a worker process ended by itself, with ${code}`)));
    const listen = (message: unknown) => {
      const told = message as Told;
      if ('done' in told) end(() => resolve(told.done));
      else if ('failed' in told) end(() => reject(new FailedElsewhere(told.failed)));
      else if ('point' in told)
        at(told.point).then(
          (later) => {
            if (worker.connected) worker.send('goOn');
            if (later) setTimeout(() => end(() => reject(new Killed('killed'))), later.diesAfterMs);
          },
          (error: unknown) => end(() => reject(error)),
        );
    };
    worker.on('message', listen);
    worker.on('exit', gone);
    worker.send(assignment);
  });
}

async function killed(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  // `once` would also end with an error, such as that of a message which the process died too early to take.
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGKILL');
  await exit;
}
