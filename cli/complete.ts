/** What could stand where a person is typing: from the definitions of the commands, and for waves and packages from the endpoint. */
import type { Command, Option } from 'commander';
import type { PackageList } from '../domain/views/lists.ts';
import { packageStates } from '../domain/states.ts';
import { ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { callerFor } from './profiles/caller.ts';
import { readConfig } from './profiles/config-file.ts';

/** Anyone who presses Tab does not wait for an endpoint that is far away. */
const soonMs = 1_000;

interface Suggestion {
  word: string;
  what: string;
}

/** `words`: after `rolewave`; the last one is unfinished. One suggestion a line, none where nothing is known. Never throws. */
export async function completionOf(program: Command, words: string[], io: Io): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const found = await suggestionsAt(program, words.slice(0, -1), typed, io).catch(() => []);
  return found.filter(({ word }) => word.startsWith(typed)).map(({ word, what }) => `${word}\t${what}`);
}

async function suggestionsAt(program: Command, before: string[], typed: string, io: Io): Promise<Suggestion[]> {
  const { command, operands, open } = stateAfter(program, before);
  if (open) return valuesOf(open, io);
  const [, inline] = /^(--[\w-]+)=/.exec(typed) ?? [];
  const withValue = inline === undefined ? undefined : optionsOf(command).find(({ long }) => long === inline);
  if (withValue) return (await valuesOf(withValue, io)).map(({ word, what }) => ({ word: `${inline}=${word}`, what }));
  if (typed.startsWith('-'))
    return [
      ...optionsOf(command)
        .filter(({ hidden }) => !hidden)
        .map((option) => ({ word: option.long ?? option.flags, what: option.description })),
      { word: '--help', what: 'display help for command' },
    ];
  if (command.commands.length > 0) return command.commands.map((each) => ({ word: each.name(), what: each.summary() || each.description() }));
  const argument = command.registeredArguments[operands.length];
  if (!argument) return [];
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word, what: '' }));
  if (argument.name() === 'profile' || (command.parent?.name() === 'profile' && argument.name() === 'name')) return profiles(io);
  return ['target', 'package', 'wave', 'what'].includes(argument.name()) ? targets(argument.name(), typed, io) : [];
}

/** The command that is meant, its operands so far, and the option whose value comes next. */
function stateAfter(program: Command, before: string[]): { command: Command; operands: string[]; open?: Option } {
  let command = program;
  let operands: string[] = [];
  let open: Option | undefined;
  for (const word of before) {
    if (open) {
      open = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      open = option && (option.required || option.optional) ? option : undefined;
    } else {
      const sub = command.commands.find((each) => each.name() === word);
      if (sub) command = sub;
      else operands = [...operands, word];
    }
  }
  return { command, operands, ...(open ? { open } : {}) };
}

const optionsOf = (command: Command): readonly Option[] => [...command.options, ...(command.parent ? optionsOf(command.parent) : [])];

async function valuesOf({ argChoices, long }: Option, io: Io): Promise<Suggestion[]> {
  if (long === '--profile') return profiles(io);
  if (long === '--state' && argChoices === undefined) return packageStates.map((word) => ({ word, what: '' }));
  return (argChoices ?? []).map((word) => ({ word, what: '' }));
}

const profiles = async (io: Io): Promise<Suggestion[]> =>
  Object.entries((await readConfig(io.env)).profiles).map(([word, { url = '' }]) => ({ word, what: url }));

/** One part of `plan/wave/package` at a time, so that a thousand packages are not a thousand suggestions. */
async function targets(kind: string, typed: string, io: Io): Promise<Suggestion[]> {
  const client = new ApiClient({ caller: () => callerFor(io, {}), timeoutMs: soonMs });
  const [plan] = typed.split('/');
  const query = `?limit=500${typed.includes('/') ? `&plan=${encodeURIComponent(plan ?? '')}` : ''}`;
  const { packages } = await client.get<PackageList>(`/v1/packages${query}`);
  const parts = typed.split('/').length;
  const paths = packages.map(({ plan: inPlan, wave, package: rolePackage }) => [inPlan, wave, rolePackage]);
  const last = kind === 'wave' ? 2 : 3;
  const words = paths.map(
    (path) => `${path.slice(0, parts).join('/')}${parts < last && !(kind === 'what' && parts === 1) && !(kind === 'target' && parts === 2) ? '/' : ''}`,
  );
  return [...new Set(words)].map((word) => ({ word, what: '' }));
}
