/** Commands that are printed can be pasted as they stand: they begin as this one was begun, and keep the options that say who, and where. */
import { quoted } from './shell-word.ts';
import type { GlobalOptions } from './global-options.ts';

/** How this process was started: `npx rolewave` where npx was; otherwise the command itself. */
export function invocationOf(env: Record<string, string | undefined>): string {
  if (env['npm_command'] === 'exec') return 'npx rolewave';
  return env['npm_lifecycle_event'] === 'rolewave' ? 'npm run -s rolewave --' : 'rolewave';
}

/** On the line before a command that somebody else is to run. */
export const forOthers = 'can answer it with:';

/** `text` with every command in it begun as this one. What others run keeps where, and not who. `names`: of the commands that there are. */
export function pasteableIn(names: string[], invokedAs: string, { profile, as, url }: GlobalOptions, text: string): string {
  const begin = (given: Record<string, string | undefined>) =>
    [invokedAs, ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]))].join(' ');
  const [mine, theirs] = [begin({ profile, as, url }), begin({ url })];
  if (mine === 'rolewave') return text;
  const printed = new RegExp(String.raw`(${forOthers}\s+)?(?<=^|[\s'"(])rolewave (?=(?:${names.join('|')})\b)`, 'gm');
  return text.replace(printed, (_found, others: string | undefined) => (others === undefined ? `${mine} ` : `${others}${theirs} `));
}
