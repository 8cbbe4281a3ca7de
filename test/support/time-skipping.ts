/** Time-skipping environments for tests: windows of 21 days pass in moments. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { freePort } from '../../provision/free-port.ts';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';
import { keepHistories, keepsHistories, openWorkflows } from '../replay/keep-histories.ts';
import './provided.ts';

/**
 * Starts a server of its own, because skipping time is global to a server. End it with `teardown()` in `afterAll`.
 *
 * Time passes only where a test calls `sleep`. The SDK's own client also skips time while it waits for a result: how far, depends on which of the
 * server's timers fires before the result arrives, and what a test does next may come days too late.
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const server = await startTestServer(inject('testServerPath'));
  return environmentOn(server, 'default', () => server.stop());
}

/**
 * A server for tests that run one after the other, each in a namespace of its own: Java needs more processor time to start, and for whatever it does for the
 * first time, than for most tests. A test begins at the time to which those before it have skipped, and nothing of theirs goes on.
 */
export class TimeSkippingServer {
  #server: Server | undefined;

  /** The environment of the next test. Call its `teardown()` when its workers have ended. */
  async environment(): Promise<TestWorkflowEnvironment> {
    // What is recorded is told apart by server.
    if (keepsHistories()) return startTimeSkipping();
    const server = (this.#server ??= await startTestServer(inject('testServerPath')));
    const environment: TestWorkflowEnvironment = await environmentOn(server, `test-${randomBytes(6).toString('hex')}`, async () => undefined);
    const teardown = environment.teardown.bind(environment);
    environment.teardown = async () => {
      const isUsable = await endsAndStillSkips(environment).catch(() => false);
      await teardown();
      if (!isUsable) await this.stop();
    };
    return environment;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop();
  }
}

interface Server {
  address: string;
  stop(): Promise<void>;
}

async function environmentOn(server: Server, namespace: string, ended: () => Promise<void>): Promise<TestWorkflowEnvironment> {
  const environment = await connected(server.address, namespace).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  await ensureSearchAttributes(environment.connection, namespace);
  const client = new Client({ connection: environment.connection, namespace });
  Object.assign(environment, { client });
  const teardown = environment.teardown.bind(environment);
  environment.teardown = async () => {
    await keepHistories(client);
    await teardown();
    await ended();
  };
  return environment;
}

/** How long a server may need to skip an hour. One that does not is held by something that a test left behind, such as a pending activity: the next test gets another. */
const skipsWithinMs = 3_000;

async function endsAndStillSkips({ client, connection }: TestWorkflowEnvironment): Promise<boolean> {
  for (const { workflowId, runId } of await openWorkflows(client)) {
    // Of another namespace, or ended by its parent's end.
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('the test is over')
      .catch(() => undefined);
  }
  const skips = async () => connection.testService?.unlockTimeSkippingWithSleep({ duration: { seconds: 3_600 as never } });
  return connection.withDeadline(Date.now() + skipsWithinMs, skips).then(
    () => true,
    () => false,
  );
}

/**
 * As `TestWorkflowEnvironment.createTimeSkipping`, on a server that already serves. The SDK would start the server itself, and give it five seconds to
 * answer: Java needs longer on a busy machine, however often it is tried.
 */
function connected(address: string, namespace: string): Promise<TestWorkflowEnvironment> {
  const internal = TestWorkflowEnvironment as unknown as { create(options: object): Promise<TestWorkflowEnvironment> };
  return internal.create({ server: { type: 'existing' }, address, namespace, supportsTimeSkipping: true });
}

/** Another program may take the free port before the server does. */
async function startTestServer(path: string, tries = 3): Promise<Server> {
  const port = await freePort();
  const child = spawn(path, [String(port)], { stdio: 'ignore' });
  let why: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (why = error.message)));
    child.once('exit', (code, signal) => resolve(void (why ??= `it ended with ${code ?? signal}`)));
  });
  // Where a test's process ends without a teardown.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    kill();
    await ended;
  };
  while (!(await listens(port))) {
    if (why !== undefined && tries > 1) {
      await stop();
      return startTestServer(path, tries - 1);
    }
    if (why !== undefined) throw new Error(`the time-skipping test server ${path} does not serve on port ${port}: ${why}`);
    await sleep(50);
  }
  return { address: `127.0.0.1:${port}`, stop };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
