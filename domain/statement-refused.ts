/**
 * A statement of a plan failed. The message is in Rolewave's own words and has a place in the statement: anyone who writes a statement can make a server's own
 * message say anything that its login may read, and the message is shown, stored and kept in histories.
 */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly #serverText: string;

  /** `serverText`: for the log of this process, and for nothing else. */
  constructor(message: string, serverText = '') {
    super(message);
    this.#serverText = serverText;
  }

  /** What the server said, cut to what a line of a log can hold. Not a property, so that nothing that prints or serializes an error has it. */
  serverText(): string {
    return this.#serverText.slice(0, longestLogged);
  }
}

const longestLogged = 2_000;

/** The refusal that an error is, or was caused by. */
export function refusalIn(error: unknown): StatementRefused | undefined {
  if (error instanceof StatementRefused) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}
