/** `rolewave doctor`: runs all checks concurrently, each with a time limit; the lines have a fixed order. Changes nothing. */
import type { Plan } from '../domain/plan/schema.ts';
import type { Site } from '../domain/site/schema.ts';
import { claimedPlaces } from '../store/check.ts';
import { checkApi, type Caller } from './api.ts';
import { checkChannels } from './channels.ts';
import { checkKeys } from './keys.ts';
import { limited, ok, warning, wrong, type Line } from './line.ts';
import { withoutSecrets } from '../settings/secrets.ts';
import { checkMetrics } from './metrics.ts';
import { checkSignIn } from './sign-in.ts';
import { startMs } from './own-process.ts';
import { checkStore } from './store.ts';
import { checkSystem } from './systems.ts';
import { checkTemporal } from './temporal.ts';
import { checkWaitingNotices } from './waiting-notices.ts';

export type { Line, State } from './line.ts';

export interface Patient {
  env: Record<string, string | undefined>;
  caller: Caller;
  /** The plan of a file that was given. */
  plan?: Plan | undefined;
  /** The site file, if there is one: where the plan's systems are. */
  site?: Site | undefined;
  /** Limit for each answer, milliseconds. */
  withinMs: number;
}

export async function examine({ env, caller, plan, site, withinMs }: Patient): Promise<Line[]> {
  // A check that waits for several answers gets more time, so that its own limits, which give better messages, apply first.
  const limit = withinMs * 3;
  const api = checkApi(caller, withinMs);
  const systems = plan ? Promise.resolve(plan.systems) : api.then((found) => found.systems ?? []).catch(() => []);
  // Without a store, or before its first release, nothing is known of earlier servers; the store has its own lines.
  const url = env['DATABASE_URL'];
  const claimed = plan && url ? claimedPlaces(url, plan.plan, withinMs).catch(() => new Map<string, string[]>()) : Promise.resolve(new Map<string, string[]>());
  const found = await Promise.all([
    limited('store', limit, () => checkStore(env, withinMs)),
    limited('Temporal', limit, () => checkTemporal({ env, endpoint: caller.url }, systems, withinMs)),
    limited('API', limit, async () => (await api).lines),
    limited('trusted keys', limit, () => checkKeys(env)),
    limited('sign-in', limit, () => checkSignIn(env, withinMs)),
    ...(plan?.systems ?? []).map((system) =>
      limited(`system ${system}`, startMs + limit, () => checkSystem(plan as Plan, system, site, env, claimed, withinMs)),
    ),
    ...(plan && site ? [limited('metrics', startMs + limit, () => checkMetrics(plan, site, env, withinMs))] : []),
    limited('notices', limit, () => checkChannels(env, site, withinMs)),
    limited('notices', limit, () => checkWaitingNotices(env, withinMs)),
  ]);
  const clean = withoutSecrets({ ...env, ...(caller.token === undefined ? {} : { ROLEWAVE_TOKEN: caller.token }) });
  return [nodeLine(process.version), ...found.flat()].map(({ fix, ...line }) => ({
    ...line,
    text: clean(line.text),
    ...(fix === undefined ? {} : { fix: clean(fix) }),
  }));
}

function nodeLine(version: string): Line {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const advice = 'install Node 24; or run npm ci without --omit=dev, which installs it, and start with npx rolewave, npm start or npm run';
  if (major >= 24) return ok('Node', version);
  return major > 22 || (major === 22 && minor >= 18)
    ? warning('Node', `${version} is older than the versions that Rolewave is tested with`, advice)
    : wrong('Node', `${version} is too old`, advice);
}
