/** The `rolewave` command: its options, its subcommands, and its exit codes. */
import { Command, CommanderError, Option } from 'commander';
import { groups } from './commands.ts';
import type { GlobalOptions } from './global-options.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { onTerminal } from '../domain/misleading-text.ts';
import { nearest } from '../domain/plan/nearest.ts';
import { requiredShown } from './help.ts';
import { pasteableIn, type Issued } from './invocation.ts';
import type { Io } from './io.ts';
import { outputOf, jsonText } from './output.ts';
import { wrappedForTerminal } from './wrap.ts';
import { version } from './version.ts';

const help = `
Environment:
  ROLEWAVE_PROFILE  the profile to use; 'rolewave login' makes one
  ROLEWAVE_URL      the endpoint (default: the profile's, that of npm start in this folder, or http://127.0.0.1:8088)
  ROLEWAVE_TOKEN    your token, which identifies you; without one, the profile's sign-in
  ROLEWAVE_PERSON   who you are at an endpoint on this machine that issues tokens itself
  NO_COLOR          no colors, as --no-color

Exit codes: 0 done, 1 unexpected error, 2 bad input, 3 refused by Rolewave, 4 unreachable, 5 received but not decided yet, 6 not reached in time (--until).`;

const names = groups.flatMap(({ commands }) => commands.map(({ name }) => name));

/** With everything that these commands need; the others are only named. `complaint` receives what is wrong with the arguments, and the help for it. */
export async function createProgram(
  io: Io,
  wanted: (name: string) => boolean,
  { complaint = () => undefined, writeHelp = io.out }: { complaint?: (text: string) => void; writeHelp?: (text: string) => void } = {},
): Promise<Command> {
  const program = new Command('rolewave')
    .description('Releases reviewed access roles in waves: sign off, watch, tune, roll back.')
    .version(version, '-V, --version', 'print the version')
    .addOption(new Option('-o, --output <format>', 'text for people, or json: indented, with times in ISO 8601').choices(['text', 'json']).default('text'))
    .option('--json', 'answer as the endpoint does, as JSON on one line: times in milliseconds')
    .option('--profile <name>', 'who you are and which endpoint, from your profiles (default: ROLEWAVE_PROFILE, or the one in use)')
    .option('--url <address>', "the endpoint (default: ROLEWAVE_URL, or the profile's)")
    .option('--as <person>', 'where the endpoint issues tokens itself (npm start, the demo): act as this person')
    .option('--request-timeout <duration>', 'how long to wait for each answer', '90s')
    .option('--no-color', 'no colors')
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20, ...requiredShown })
    .configureOutput({
      writeOut: (text) => writeHelp(text.trimEnd()),
      writeErr: complaint,
      getOutHelpWidth: () => Math.min(120, io.columns()),
      getErrHelpWidth: () => Math.min(120, io.columns()),
      getOutHasColors: () => io.terminal,
      getErrHasColors: () => io.terminal,
    })
    .showSuggestionAfterError()
    .showHelpAfterError()
    .exitOverride()
    .addHelpText('after', help);
  for (const { heading, commands } of groups) {
    program.commandsGroup(heading);
    for (const { name, summary, load } of commands) {
      if (wanted(name)) (await load())(program, io);
      else program.command(name);
      program.commands.find((command) => command.name() === name)?.summary(summary);
    }
  }
  return program;
}

/** `args` without node and script. Never throws; returns the exit code of the process. */
export async function run(args: string[], outside: Io): Promise<number> {
  let complaint = '';
  let program: Command | undefined;
  let issued: Issued | undefined;
  const options = (): GlobalOptions => program?.opts() ?? {};
  const pasteable = (text: string): string =>
    outputOf(options()) === 'text' ? pasteableIn(names, { invokedAs: outside.invokedAs, issued }, options(), text) : text;
  const shown = (text: string): string => {
    // Programs read the same data: JSON is written without such characters (output.ts).
    const said = outputOf(options()) === 'text' ? onTerminal(pasteable(text)) : text;
    return outside.terminal && outputOf(options()) === 'text' ? wrappedForTerminal(said, outside.columns()) : said;
  };
  const io: Io = {
    ...outside,
    pasteable,
    tookToken: (token) => void (issued = token),
    out: (text) => outside.out(shown(text)),
    err: (text) => outside.err(shown(text)),
    confirm: async (question) => outside.confirm(onTerminal(question)),
    ask: async (question, how) => outside.ask(onTerminal(question), how),
  };
  try {
    // A command whose name stands anywhere among the arguments may be the one that is meant; another cannot be.
    program = await createProgram(io, (name) => args.includes(name), { complaint: (text) => void (complaint += text), writeHelp: outside.out });
    if (args[0] === '__complete') {
      const { completionOf } = await import('./complete.ts');
      for (const line of await completionOf(program, args.slice(1), io)) outside.out(line);
      return exitCodes.done;
    }
    if (args.length === 0) {
      program.outputHelp();
      return exitCodes.badInput;
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return tell(error, complaint, options(), io);
  }
}

function tell(error: unknown, complaint: string, options: GlobalOptions, io: Io): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  const failure = failureOf(error, complaint);
  const output = outputOf(options);
  if (output === 'text') io.err(failure.message);
  else io.out(jsonText({ ok: false, message: failure.message, ...failure.details }, output));
  return failure.exitCode;
}

function failureOf(error: unknown, complaint: string): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof CommanderError) {
    const message = messageOf(error);
    return new CommandFailure(exitCodes.badInput, `${message}\n${adviceOn(error, complaint)}`, { code: 'bad-input', message });
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CommandFailure(exitCodes.unexpected, `An unexpected error occurred. Please report it.\n${message}`, { code: 'unexpected' });
}

/** The library says 'outputHelp' where a command has commands of its own and none was named. */
const messageOf = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'This command has commands of its own: name one of them.' : nearestChoiceIn(message.replace(/^error: /, ''));

/** As the library says it of an argument, and of an option. */
const invalidChoice =
  /^(?=.*? (?:value|argument) '(?<value>[^']*)' is invalid)(?=(?:.* for argument|option) '(?<what>[^']*)').* Allowed choices are (?<choices>.*)\.$/;

/** `Allowed choices are …` with the one that was probably meant. */
function nearestChoiceIn(message: string): string {
  const { value, what = '', choices = '' } = invalidChoice.exec(message)?.groups ?? {};
  if (value === undefined) return message;
  const near = nearest(value, choices.split(', '));
  const said = `'${value}' is not one of the values of ${what.replace(/^.*(--[a-z-]+).*$/, '$1')}: ${choices}.`;
  return near === undefined ? said : `${said}\n(Did you mean ${near}?)`;
}

/** How the command that was meant is written, and what the missing part of it is; where none was, how to see them all. */
function adviceOn({ code, message }: CommanderError, complaint: string): string {
  const at = complaint.indexOf('Usage:');
  if (code === 'commander.unknownCommand' || at < 0) return "See 'rolewave --help'.";
  const help = complaint.slice(at).trimEnd();
  // Its commands are what is missing.
  if (code === 'commander.help') return `\n${help}`;
  const own = /^Usage: rolewave ((?:[a-z-]+ )*)/.exec(help)?.[1] ?? '';
  const see = `See 'rolewave ${own}--help'.`;
  // What is allowed has been said.
  if (code === 'commander.invalidArgument') return see;
  // A page of help would push what is wrong off the screen.
  const [usage = ''] = help.split('\n\n', 1);
  const missing = /(?:argument|required option) '([^']+)'/.exec(message)?.[1];
  const described = missing === undefined ? [] : describedIn(help, missing);
  return ['', usage, ...(described.length > 0 ? ['', ...described] : []), '', see].join('\n');
}

/** The lines of a help about one argument or option. */
function describedIn(help: string, name: string): string[] {
  const lines = help.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`  ${name} `));
  if (from < 0) return [];
  const more = lines.slice(from + 1).findIndex((line) => !/^ {6,}\S/.test(line));
  return lines.slice(from, more < 0 ? undefined : from + 1 + more);
}
