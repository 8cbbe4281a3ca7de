/** Options and arguments that several commands share. */
import { Argument, Option, type Command } from 'commander';
import { readDate, readDuration, type Read } from '../domain/time/written.ts';
import { badInput } from './exit-codes.ts';
import { isId } from '../domain/plan/fields.ts';

export const packageArgument = () => new Argument('<package>', 'written plan/wave/package');
export const targetArgument = () => new Argument('<target>', 'a wave as plan/wave, or a package as plan/wave/package');
export const reasonOption = (why = 'the reason; it is recorded') => new Option('-r, --reason <text>', why).makeOptionMandatory();
export const idOption = () => new Option('--id <key>', 'idempotency key: the same key again is the same message');

/** The filters of `status` and `notices`. Commas separate several values. */
export const addFilters = (command: Command, ...more: Option[]): Command =>
  [
    new Option('--owner <people>', 'only packages of these owners, separated by commas'),
    new Option('--team <teams>', 'only packages of these teams, separated by commas'),
    new Option('--risk <risks>', 'only packages of these risks: low, medium, high'),
    new Option('--text <text>', 'only where this text occurs'),
    ...more,
  ].reduce((all, option) => all.addOption(option), command);

export interface FilterOptions {
  owner?: string;
  team?: string;
  risk?: string;
  text?: string;
}
/** As the endpoint takes them. The endpoint checks them. */
export const filtersOf = ({ owner, team, risk, text }: FilterOptions) => ({ owner, team, risk, text });

/** `plan` or `plan/wave`, for lists; throws bad input with the advice. */
export function placeOf(what: string | undefined, advice: string): { plan?: string; wave?: string } {
  const [plan, wave, ...rest] = what?.split('/') ?? [];
  if (rest.length > 0 || [plan, wave].some((part) => part !== undefined && !isId(part))) throw badInput(`'${what}' is neither a plan nor plan/wave${advice}.`);
  return { ...(plan === undefined ? {} : { plan }), ...(wave === undefined ? {} : { wave }) };
}

export function listOf(text: string | undefined): string[] | undefined {
  const items = text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items && items.length > 0 ? items : undefined;
}

/** The text unchanged, for the endpoint, which reads it by the same rules. Throws bad input. */
export const checkedDuration = (option: string, text: string): string => checked(option, text, readDuration);

/** Milliseconds. Throws bad input. */
export function durationMsOf(option: string, text: string): number {
  const read = readDuration(text);
  if ('ms' in read) return read.ms;
  throw badInput(`${option} ${read.why}.`);
}

/** As checkedDuration, for a date in plan time, or an instant with or without its offset. */
export const checkedDate = (option: string | undefined, text: string): string => checked(option, text, readDate);

function checked(option: string | undefined, text: string, read: (text: string) => Read): string {
  const found = read(text);
  if ('why' in found) throw badInput(`${option === undefined ? '' : `${option} `}${found.why}.`);
  return text;
}
