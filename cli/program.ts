/** The `rolewave` command: its options, its subcommands, and its exit codes. */
import { Command, CommanderError } from 'commander';
import { addAbort } from './commands/abort.ts';
import { addAcceptContent } from './commands/accept-content.ts';
import { addApply } from './commands/apply.ts';
import { addCertify } from './commands/certify.ts';
import { addConsent } from './commands/consent.ts';
import { addDecide } from './commands/decide.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addEvidence } from './commands/evidence.ts';
import { addExtend } from './commands/extend.ts';
import { addHoldBack } from './commands/hold-back.ts';
import { addInit } from './commands/init.ts';
import { addLiftHold } from './commands/lift-hold.ts';
import { addMessage } from './commands/message.ts';
import { addMetric } from './commands/metric.ts';
import { addNote } from './commands/note.ts';
import { addNotices } from './commands/notices.ts';
import { addObserve } from './commands/observe.ts';
import { addPause } from './commands/pause.ts';
import { addPlan } from './commands/plan.ts';
import { addReport } from './commands/report.ts';
import { addResume } from './commands/resume.ts';
import { addReview } from './commands/review.ts';
import { addRollback } from './commands/rollback.ts';
import { addSetDate } from './commands/set-date.ts';
import { addShow } from './commands/show.ts';
import { addSignOff } from './commands/sign-off.ts';
import { addStatus } from './commands/status.ts';
import { addTune } from './commands/tune.ts';
import { addValidate } from './commands/validate.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

const groups: { heading: string; add: ((program: Command, io: Io) => void)[] }[] = [
  { heading: 'Get started:', add: [addInit, addObserve, addDoctor] },
  { heading: 'Plans:', add: [addValidate, addPlan, addMetric, addApply, addConsent] },
  { heading: 'Inspect:', add: [addStatus, addShow, addReport, addNotices, addMessage] },
  { heading: 'Before release:', add: [addSignOff, addEvidence, addSetDate, addHoldBack, addLiftHold] },
  { heading: 'After release:', add: [addEvaluate, addExtend, addPause, addResume, addTune, addRollback, addDecide, addAcceptContent, addCertify] },
  { heading: 'At any time:', add: [addNote, addAbort, addReview] },
];

const help = `
Environment:
  ROLEWAVE_URL    the endpoint (default: http://127.0.0.1:8088)
  ROLEWAVE_TOKEN  your token, which identifies you

Exit codes: 0 done, 1 unexpected error, 2 bad input, 3 refused by Rolewave, 4 unreachable, 5 received but not decided yet.`;

function createProgram(io: Io): Command {
  const program = new Command('rolewave')
    .description('Releases reviewed access roles in waves: sign off, watch, tune, roll back.')
    .option('--json', 'answer as JSON on one line')
    .option('--url <address>', 'the endpoint (default: ROLEWAVE_URL)')
    .option('--as <person>', 'in a demonstration: act as this person, with a short-lived token from the endpoint')
    .option('--timeout <seconds>', 'how long to wait for an answer', '90')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(120, io.columns()),
      getOutHasColors: () => io.terminal,
    })
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', help);
  for (const { heading, add } of groups) {
    program.commandsGroup(heading);
    for (const addCommand of add) addCommand(program, io);
  }
  return program;
}

/** `args` without node and script. Never throws; returns the exit code of the process. */
export async function run(args: string[], io: Io): Promise<number> {
  try {
    const program = createProgram(io);
    if (args.length === 0) {
      program.outputHelp();
      return exitCodes.badInput;
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return tell(error, args.includes('--json'), io);
  }
}

function tell(error: unknown, json: boolean, io: Io): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  const failure = failureOf(error);
  if (json) io.out(JSON.stringify({ ok: false, message: failure.message, ...failure.details }));
  else io.err(failure.message);
  return failure.exitCode;
}

function failureOf(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof CommanderError)
    return new CommandFailure(exitCodes.badInput, `${error.message.replace(/^error: /, '')}\nSee 'rolewave --help', or add --help to a command.`, {
      code: 'bad-input',
    });
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CommandFailure(exitCodes.unexpected, `An unexpected error occurred. Please report it.\n${message}`, { code: 'unexpected' });
}
