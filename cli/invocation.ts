/** Commands that are printed can be pasted as they stand: they begin as this one was begun, and keep the options that say who, and where. */
import { quoted } from './shell-word.ts';
import { groups } from './commands.ts';
import type { GlobalOptions } from './context.ts';

/** How this process was started: `npx rolewave` where npx was; otherwise the command itself. */
export function invocationOf(env: Record<string, string | undefined>): string {
  if (env['npm_command'] === 'exec') return 'npx rolewave';
  return env['npm_lifecycle_event'] === 'rolewave' ? 'npm run -s rolewave --' : 'rolewave';
}

const names = groups.flatMap(({ commands }) => commands.map(({ name }) => name));
const printed = new RegExp(String.raw`(?<=^|[\s'"(])rolewave (?=(?:${names.join('|')})\b)`, 'gm');

/** `text` with every command in it begun as this one. */
export function pasteableIn(invokedAs: string, { profile, as, url }: GlobalOptions, text: string): string {
  const given = Object.entries({ profile, as, url }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]));
  const begun = [invokedAs, ...given].join(' ');
  return begun === 'rolewave' ? text : text.replace(printed, () => `${begun} `);
}
