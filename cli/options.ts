/** Options and arguments that several commands share. */
import { Argument, Option } from 'commander';
import { readDate, readDuration, type Read } from '../domain/time/written.ts';
import { badInput } from './exit-codes.ts';

export const packageArgument = () => new Argument('<package>', 'written plan/wave/package');
export const targetArgument = () => new Argument('<target>', 'a wave as plan/wave, or a package as plan/wave/package');
export const reasonOption = (why = 'why; it is on record') => new Option('-r, --reason <text>', why).makeOptionMandatory();
export const idOption = () => new Option('--id <key>', 'name of this message; the same key again is the same message');

export function listOf(text: string | undefined): string[] | undefined {
  const items = text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items && items.length > 0 ? items : undefined;
}

/** The text as it stands, for the endpoint, which reads it by the same rules. Throws bad input. */
export const checkedDuration = (option: string, text: string): string => checked(option, text, readDuration);

/** As checkedDuration, of plan time: a date, or an instant with or without its offset. */
export const checkedDate = (option: string | undefined, text: string): string => checked(option, text, readDate);

function checked(option: string | undefined, text: string, read: (text: string) => Read): string {
  const found = read(text);
  if ('why' in found) throw badInput(`${option === undefined ? '' : `${option} `}${found.why}.`);
  return text;
}
