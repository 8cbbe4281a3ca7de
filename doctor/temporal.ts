/** Checks the Temporal server, its namespace, and the workers that poll the queues. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { engineTaskQueue, measuringTaskQueue, noticesTaskQueue, recordsTaskQueue, systemTaskQueue } from '../domain/messages.ts';
import { searchAttributesLeft } from '../provision/search-attributes.ts';
import { failingText, WorkflowWatch } from '../settings/failing-workflows.ts';
import { temporalSettings, type TemporalSettings } from '../settings/temporal.ts';
import { homeOfEndpoint, ownEndpoint } from '../settings/own-endpoint.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';
import { reached } from './reached.ts';

const about = 'Temporal';
const usual = '127.0.0.1:7233';
const wantedRetentionDays = 90;
/** A poll that finds nothing ends within a minute, or at the client after 70 seconds, and the next one follows at once. The server remembers pollers for five minutes. */
const longestPollMs = 70_000;
const grpcNotFound = 5;
/** The first version with turns by fairness key. */
const fairSince = [1, 29] as const;
const { TASK_QUEUE_TYPE_ACTIVITY: activities, TASK_QUEUE_TYPE_WORKFLOW: workflows } = proto.temporal.api.enums.v1.TaskQueueType;

type Environment = Record<string, string | undefined>;

/** `endpoint`: whose Temporal it is, without a slash at its end. `systems`: ids of the systems whose queues a worker should poll. */
export async function checkTemporal({ env, endpoint }: { env: Environment; endpoint: string }, systems: Promise<string[]>, withinMs: number): Promise<Line[]> {
  let settings: TemporalSettings | undefined;
  try {
    settings = await settingsOf(env, endpoint);
  } catch (error) {
    return [wrong(about, words(error), 'fix it and run the doctor again')];
  }
  if (!settings)
    return [
      notChecked(
        about,
        `TEMPORAL_ADDRESS is not set here, and what is known in this folder is another Rolewave than that of ${endpoint}`,
        'set TEMPORAL_ADDRESS to that of the endpoint’s API; or leave out --url and ROLEWAVE_URL to check the npm start of this folder',
      ),
    ];
  const { server = { address: usual }, namespace } = settings;
  const isGuess = settings.server === undefined;
  let connection: Connection;
  try {
    // The SDK keeps trying until its time limit, even when the connection is refused immediately.
    if (!throughProxy(env)) await requireListener(server.address, withinMs);
    connection = await Connection.connect({ ...server, connectTimeout: withinMs });
  } catch (error) {
    if (isGuess)
      return [
        notChecked(
          about,
          `TEMPORAL_ADDRESS is not set here, no profile of temporal.toml names a server, and nothing answers at ${usual}`,
          'set TEMPORAL_ADDRESS to the API’s; npm start prints the address of the server that it started',
        ),
      ];
    return [
      wrong(
        about,
        `${server.address} cannot be reached: ${words(error)}`,
        'start the server, or fix TEMPORAL_ADDRESS (and TEMPORAL_API_KEY, TEMPORAL_TLS_…, where it requires them)',
      ),
    ];
  }
  try {
    return await connection.withDeadline(Date.now() + withinMs, () =>
      serverLines(connection, isGuess ? `${server.address}, the usual address (TEMPORAL_ADDRESS is not set here)` : server.address, namespace, systems),
    );
  } catch (error) {
    return [
      wrong(
        about,
        `${server.address} answers, but refuses the request: ${words(error)}`,
        'give the doctor the rights that the worker has (TEMPORAL_API_KEY or a client certificate)',
      ),
    ];
  } finally {
    await connection.close();
  }
}

/**
 * The settings of the environment; where they name no server, those of the `npm start` or the demo of this folder whose endpoint it is, possibly on another port
 * than the usual one. Undefined: another Rolewave runs on this folder, so that the server at the usual address is likely its.
 */
async function settingsOf(env: Environment, endpoint: string): Promise<TemporalSettings | undefined> {
  const settings = temporalSettings(env);
  if (settings.server) return settings;
  const home = homeOfEndpoint(env, endpoint);
  if (home === undefined) return ownEndpoint(env) === undefined ? settings : undefined;
  const file = join(home, 'temporal.toml');
  return existsSync(file) ? temporalSettings({ ...env, TEMPORAL_PROFILE: undefined, TEMPORAL_CONFIG_FILE: file }) : settings;
}

const throughProxy = (env: Record<string, string | undefined>) =>
  ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => env[name] || env[name.toUpperCase()]);

async function requireListener(address: string, withinMs: number): Promise<void> {
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return;
  await reached({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), tls: false, listen: false, withinMs });
}

async function serverLines(connection: Connection, address: string, namespace: string, systems: Promise<string[]>): Promise<Line[]> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const reached = serverLine(serverVersion ?? '', address);
  const there = await namespaceLines(connection, namespace);
  if (there.some(({ state }) => state === 'wrong')) return [reached, ...there];
  const queues = [
    queueLine(connection, namespace, engineTaskQueue),
    queueLine(connection, namespace, recordsTaskQueue),
    queueLine(connection, namespace, measuringTaskQueue),
    queueLine(connection, namespace, noticesTaskQueue),
    ...(await systems).map((system) => queueLine(connection, namespace, systemTaskQueue(system))),
  ];
  return [reached, ...there, await attributesLine(connection, namespace), await workflowsLine(connection, namespace), ...(await Promise.all(queues))];
}

/** Whether a server that has fairness has it switched on cannot be asked. */
export function serverLine(version: string, address: string): Line {
  const server = `server ${version || 'of unknown version'} at ${address}`;
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const isOlder = major !== undefined && (Number(major) < fairSince[0] || (Number(major) === fairSince[0] && Number(minor) < fairSince[1]));
  return isOlder
    ? warning(
        about,
        `${server}, which does not take turns by the rights of the site: a team with hundreds of waves keeps messages of others waiting`,
        `upgrade it to ${fairSince.join('.')} or later, and set matching.enableFairness (docs/operating.md, 'Turns')`,
      )
    : ok(about, server);
}

async function namespaceLines(connection: Connection, namespace: string): Promise<Line[]> {
  const aboutIt = `namespace ${namespace}`;
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const days = Math.floor(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400);
    return days < wantedRetentionDays
      ? [
          warning(
            aboutIt,
            `closed workflows are kept for ${days === 1 ? '1 day' : `${days} days`} only, so Temporal’s UI soon loses the history of a wave`,
            `temporal operator namespace update --namespace ${namespace} --retention ${wantedRetentionDays}d`,
          ),
        ]
      : [ok(aboutIt, `closed workflows are kept for ${days} days`)];
  } catch (error) {
    if ((error as { code?: number }).code === grpcNotFound)
      return [
        wrong(
          aboutIt,
          'the server has no such namespace',
          `temporal operator namespace create --namespace ${namespace} --retention ${wantedRetentionDays}d, or set TEMPORAL_NAMESPACE`,
        ),
      ];
    throw error;
  }
}

async function attributesLine(connection: Connection, namespace: string): Promise<Line> {
  const aboutThem = 'search attributes';
  try {
    const { missing, ofAnotherType } = await searchAttributesLeft(connection, namespace);
    if (ofAnotherType.length > 0)
      return wrong(
        aboutThem,
        `${ofAnotherType.join(', ')} ${ofAnotherType.length === 1 ? 'has' : 'have'} another type than Keyword`,
        'remove them with temporal operator search-attribute remove, or give Rolewave its own namespace (TEMPORAL_NAMESPACE)',
      );
    return missing.length > 0
      ? warning(
          aboutThem,
          `${missing.length} of Rolewave’s are missing: ${missing.join(', ')}`,
          'start a worker, which creates them; where it may not, run temporal operator search-attribute create --type Keyword',
        )
      : ok(aboutThem, 'all exist');
  } catch (error) {
    return notChecked(aboutThem, `the server does not list them: ${words(error)}`, 'a worker that starts without an error has found or created them');
  }
}

const lookThroughMs = 10_000;

/** A task that fails is tried again until the code is changed, and meanwhile its wave or package decides nothing. */
async function workflowsLine(connection: Connection, namespace: string): Promise<Line> {
  const aboutThem = 'workflows';
  try {
    const { failing, all } = await new WorkflowWatch(connection, namespace).lookThrough(lookThroughMs);
    if (failing.length === 0)
      return ok(aboutThem, `no task of a wave or a package fails${all ? '' : `, of the newest that ${lookThroughMs / 1_000} seconds were enough for`}`);
    return wrong(
      aboutThem,
      `${failing.length === 1 ? 'the tasks of one workflow fail' : `the tasks of ${failing.length} workflows fail`} again and again: ${failingText(failing)}`,
      'read the failure in Temporal’s UI or in the worker’s log; if it says BadUpdateWorkflowExecutionMessage, reset the workflow (docs/operating.md, Troubleshooting); otherwise report it: the workflow goes on once a worker with corrected code runs',
    );
  } catch (error) {
    return notChecked(aboutThem, `the server does not say whether their tasks fail: ${words(error)}`, 'look for failed workflow tasks in Temporal’s UI');
  }
}

/** What polls the workflows of a queue polls its activities, too; most queues have activities only. */
async function queueLine(connection: Connection, namespace: string, queue: string): Promise<Line> {
  const aboutIt = `queue ${queue}`;
  const isEngine = queue === engineTaskQueue;
  const hasWorkflows = isEngine || queue === noticesTaskQueue;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: hasWorkflows ? workflows : activities,
  });
  const { polls, text: last } = pollersText(
    (pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000),
    Date.now(),
  );
  if (polls) return ok(aboutIt, last);
  if (isEngine) return wrong(aboutIt, `${last}: messages are kept, and nothing is decided`, 'start a worker (npm start, or npm run worker)');
  if (queue === recordsTaskQueue)
    return wrong(aboutIt, `${last}: nothing is recorded, and no message is decided`, 'start a worker that runs workflows, too (npm start, or npm run worker)');
  if (queue === noticesTaskQueue)
    return wrong(aboutIt, `${last}: no notice is sent`, 'start a worker of this version that runs workflows, too (npm start, or npm run worker)');
  return queue === measuringTaskQueue
    ? wrong(aboutIt, `${last}: nothing is measured`, 'start a worker that runs workflows, too (npm start, or npm run worker)')
    : warning(
        aboutIt,
        last,
        'a worker begins to poll when a plan with this system is applied; if one is, start a worker that has the system’s connection string and serves it (--systems)',
      );
}

/**
 * `begunMs`: when the last poll of each worker began, as the server remembers it. A worker that has just ended cannot be told from one whose poll lasts, so the
 * text says when it was last seen.
 */
export function pollersText(begunMs: readonly number[], nowMs: number): { polls: boolean; text: string } {
  const polling = begunMs.filter((ms) => nowMs - ms <= longestPollMs).length;
  if (begunMs.length === 0) return { polls: false, text: 'no worker polls it' };
  const lastSeen = agoText(nowMs - Math.max(...begunMs));
  if (polling === 0) return { polls: false, text: `no worker polls it; one was last seen ${lastSeen}` };
  return { polls: true, text: `${polling === 1 ? 'one worker polls' : `${polling} workers poll`} it, last seen ${lastSeen}` };
}

/** The clocks of the two machines may differ by a few seconds. */
function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${seconds} seconds ago`;
  return `${Math.round(seconds / 60)} minutes ago`;
}
