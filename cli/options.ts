/** Options and arguments that several commands share. */
import { Argument, Option } from 'commander';
import { durationMs } from '../domain/time/duration.ts';
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

/** Throws bad input; the endpoint reads it by the same rules. */
export function checkedDuration(option: string, text: string): string {
  if (durationMs(text) === undefined) throw badInput(`${option} ${text} is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w.`);
  return text;
}

/** Plan time: a date, or an instant with or without its offset. */
export function checkedDate(option: string, text: string): string {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  if (!form || Number.isNaN(Date.parse(text)) || !new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))) {
    throw badInput(`${option} ${text} is not a date: write 2026-04-08 or 2026-04-08T18:00:00+02:00.`);
  }
  return text;
}
