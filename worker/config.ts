/** A worker's configuration, read once from the environment and the command line. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { hasChannels, noticeSettings, type NoticeSettings } from '../channels/settings.ts';
import { temporalSettings } from '../settings/temporal.ts';

export interface WorkerConfig {
  temporal: { connection: NativeConnectionOptions; namespace: string };
  /** The store's connection string. */
  databaseUrl: string;
  /** JWKS of the public keys that may seal messages. */
  trustedKeysFile: string;
  /** What the people who run Rolewave declare: systems, plans and who may do what. */
  siteFile: string;
  /** State directory, which keeps the workflow bundle. */
  home: string;
  /** Runs plans with a `clock`. */
  allowDemoClock: boolean;
  /** Polls the queues of these systems only, whether a plan names them yet or not; undefined: the queues of every system in a plan. */
  systems?: string[];
  /** False: this process works for systems only, and runs no workflows, evaluations or records. */
  workflows: boolean;
  /** Channels that deliver notices; undefined: no delivery. */
  notices?: NoticeSettings;
  /** Port of /healthz and /readyz on 127.0.0.1; 0: any free one; undefined: none. */
  healthPort?: number;
  /** Environment with the connection strings of systems, by the names in plans. */
  env: Record<string, string | undefined>;
  /** How long running work may take when the worker stops; milliseconds. */
  graceMs?: number;
}

const project = fileURLToPath(new URL('..', import.meta.url));

export const help = `Usage: npm run worker -- [options]

Runs Rolewave's workflows and speaks to the systems of the plans.

  --systems a,b        poll the queues of these systems only (default: of every system that a plan names)
  --no-workflows       work for systems only: no workflows, looks or records in this process
  --allow-demo-clock   obey plans with a clock (as ROLEWAVE_DEMO=1)
  --help               show this

Environment: DATABASE_URL (the store), TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE or a profile of temporal.toml (TEMPORAL_PROFILE,
TEMPORAL_CONFIG_FILE), ROLEWAVE_TRUSTED_KEYS_FILE, ROLEWAVE_SITE (the site file, site.yaml in ROLEWAVE_HOME), ROLEWAVE_HOME,
ROLEWAVE_WORKER_HEALTH_PORT (8089), LOG_LEVEL, and for each system the variable that the site file names.

People are notified of requests through NOTICE_WEBHOOK_URL with NOTICE_WEBHOOK_SECRET, SMTP_URL with NOTICE_FROM, NOTICE_TERMINAL=1 (printed here); the
links in the notices go to the pages at ROLEWAVE_PUBLIC_URL (https, or loopback), or else to workflows at TEMPORAL_UI_URL.`;

/** Throws with one sentence that names the variable or option and what to do. Returns 'help' for --help. */
export function workerConfigFrom(env: Record<string, string | undefined>, args: string[]): WorkerConfig | 'help' {
  const options = {
    systems: { type: 'string' },
    workflows: { type: 'boolean', default: true },
    'allow-demo-clock': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args, options, allowNegative: true });
  if (values.help) return 'help';
  const databaseUrl = env['DATABASE_URL'];
  if (!databaseUrl) throw new Error("DATABASE_URL is not set: set it to the store's connection string, such as postgres://rolewave@127.0.0.1:5432/rolewave");
  const { server: connection = { address: '127.0.0.1:7233' }, namespace } = temporalSettings(env);
  const home = env['ROLEWAVE_HOME'] ?? join(project, '.rolewave');
  const systems = values.systems
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (systems?.length === 0) throw new Error('--systems names no system: write ids separated by commas, such as --systems erp,hr');
  return {
    temporal: { connection, namespace },
    databaseUrl,
    home,
    trustedKeysFile: env['ROLEWAVE_TRUSTED_KEYS_FILE'] ?? join(home, 'trusted-keys.json'),
    siteFile: env['ROLEWAVE_SITE'] || join(home, 'site.yaml'),
    allowDemoClock: values['allow-demo-clock'] || env['ROLEWAVE_DEMO'] === '1',
    ...(systems ? { systems } : {}),
    workflows: values.workflows,
    ...noticesFrom(env, namespace),
    healthPort: portFrom(env['ROLEWAVE_WORKER_HEALTH_PORT'] ?? '8089'),
    env,
  };
}

/** Read even without a channel, so that a mistake fails the start. */
function noticesFrom(env: Record<string, string | undefined>, namespace: string): Pick<WorkerConfig, 'notices'> {
  const notices = noticeSettings(env, namespace);
  return hasChannels(notices) ? { notices } : {};
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`ROLEWAVE_WORKER_HEALTH_PORT is '${text}': write a port number, such as 8089`);
  return port;
}
