/** How the command ends. The numbers are stable: scripts rely on them. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  badInput: 2,
  refused: 3,
  unreachable: 4,
  /** Received and stored, but not decided yet: no worker answered. */
  undecided: 5,
  /** `--until`: the time ran out before the state was reached. */
  notInTime: 6,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command without success. `message`: one or two sentences for people, what happened and what to do. `details`: what `--json` shows. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly details: Record<string, unknown>;

  constructor(exitCode: ExitCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.details = details;
  }
}

export const badInput = (message: string, details: Record<string, unknown> = {}) =>
  new CommandFailure(exitCodes.badInput, message, { code: 'bad-input', ...details });
