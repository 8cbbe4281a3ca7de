/**
 * Where the API of this folder's `npm start`, and that of its demo, listens. The command finds it there without being told, also where the usual port was taken; and the next start
 * listens on the same port, so that addresses that people keep stay right.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Record<string, string | undefined>;
const project = fileURLToPath(new URL('..', import.meta.url));
const fileIn = (home: string): string => join(home, 'address');

/** The folder of the data of `npm start`. */
export const homeOf = (env: Environment): string => env['ROLEWAVE_HOME'] || join(project, '.rolewave');

/** That of the data of `npm run demo`. */
const demoHomeOf = (env: Environment): string => join(homeOf(env), 'demo');

/** `url`: without a slash at its end. */
export function keepEndpoint(home: string, url: string): void {
  writeFileSync(fileIn(home), `${url}\n`, { mode: 0o600 });
}

/** Undefined while no `npm start` runs there. Never another machine's: a file must not decide who receives a token. */
export function ownEndpoint(env: Environment): string | undefined {
  const home = homeOf(env);
  return existsSync(join(home, 'running.json')) ? keptIn(home)?.origin : undefined;
}

/** The folder of this endpoint's own data: of the `npm start` that runs here, or of the demo. Undefined: it is neither. `url`: without a slash at its end. */
export function homeOfEndpoint(env: Environment, url: string): string | undefined {
  if (ownEndpoint(env) === url) return homeOf(env);
  const demo = demoHomeOf(env);
  return keptIn(demo)?.origin === url ? demo : undefined;
}

/** Of the last start, whether or not it still runs. */
export const lastPort = (home: string): number | undefined => Number(keptIn(home)?.port) || undefined;

function keptIn(home: string): URL | undefined {
  try {
    const url = URL.parse(readFileSync(fileIn(home), 'utf8').trim());
    return url?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname) ? url : undefined;
  } catch {
    return undefined;
  }
}
