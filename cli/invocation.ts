/** Commands that are printed can be pasted as they stand: they begin as this one was begun, and keep the options that say who, and where. */
import { quoted } from './shell-word.ts';
import type { GlobalOptions } from './global-options.ts';

/** How this process was started: `npx rolewave` where npx was; otherwise the command itself. */
export function invocationOf(env: Record<string, string | undefined>): string {
  if (env['npm_command'] === 'exec') return 'npx rolewave';
  return env['npm_lifecycle_event'] === 'rolewave' ? 'npm run -s rolewave --' : 'rolewave';
}

/** A command that somebody else is to run, as a text has it until it is printed: only where the endpoint issues tokens itself, it says who. */
export const runBy = (person: string, command: string): string => command.replace(/^rolewave /, `rolewave --as ${quoted(person)} `);

/** Who the endpoint issued the token of this command for. `named`: by the person who runs it, and not by the endpoint. */
export interface Issued {
  person: string;
  named: boolean;
}

/**
 * `text` with every command in it begun as this one. What others run keeps where, and names them and not the person of this one. `names`: of the commands that
 * there are. `issued`: absent where no token was issued, as with an identity provider, which knows people by their sign-in alone.
 */
export function pasteableIn(
  names: string[],
  { invokedAs, issued }: { invokedAs: string; issued?: Issued | undefined },
  options: GlobalOptions,
  text: string,
): string {
  const { profile, as = issued?.named === false ? issued.person : undefined, url } = options;
  const option = (name: string, word: string | undefined) => (word === undefined ? [] : [`--${name} ${word}`]);
  const word = (value: string | undefined) => (value === undefined ? undefined : quoted(value));
  const mine = [invokedAs, ...option('profile', word(profile)), ...option('as', word(as)), ...option('url', word(url))].join(' ');
  const isIssued = options.as !== undefined || issued !== undefined;
  const printed = new RegExp(String.raw`(?<=^|[\s'"(])rolewave (?:--as (\S+) )?(?=(?:${names.join('|')})\b)`, 'gm');
  return text.replace(printed, (_found, other: string | undefined) =>
    other === undefined ? `${mine} ` : `${[invokedAs, ...(isIssued ? option('as', other) : []), ...option('url', word(url))].join(' ')} `,
  );
}
