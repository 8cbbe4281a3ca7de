/**
 * Why a server could not be reached, or did not let Rolewave in, in words of our own. The messages of servers, of Node and of drivers repeat hosts, paths, logins and
 * databases, which stand in connection strings, and these errors are answered, logged and kept in histories.
 */

export interface ConnectionFailure {
  /** The SQLSTATE of the server's answer, or the code of Node's error; '' where there is none. */
  code: string;
  /** A part of a sentence, without a full stop. */
  words: string;
}

const words: [code: RegExp, words: string][] = [
  [/^ECONNREFUSED$/, 'nothing listens at its address'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'the name of its host cannot be resolved'],
  [/^(ENOENT|ENOTSOCK)$/, 'the socket or file that the connection string names does not exist'],
  [/^(EACCES|EPERM)$/, 'the socket or file that the connection string names may not be opened'],
  [/^ETIMEDOUT$/, 'it did not answer in time'],
  [/^(ENET|EHOST)\w+$/, 'the network does not lead to its address'],
  [/^(ECONN\w+|EPIPE)$/, 'the connection was lost'],
  [/^(ERR_TLS_\w+|ERR_SSL_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|CERT_\w+|UNABLE_TO_\w+|EPROTO)$/, 'its certificate or its encryption is not accepted'],
  [/^ERR_INVALID_URL$/, 'its connection string cannot be read'],
  [/^28P01$/, 'it does not accept the password'],
  [/^28000$/, 'it does not let the login in'],
  [/^3D000$/, 'it has no such database'],
  [/^53300$/, 'it has too many connections'],
  [/^57P0/, 'it is starting, ending or being switched over'],
  [/^08/, 'the connection was lost'],
];

const byMessage: [message: RegExp, words: string][] = [
  [/timeout|query read timeout/i, 'it did not answer in time'],
  [/SSL connection/i, 'its certificate or its encryption is not accepted'],
  [/connection terminated|not queryable|connection error|connection ended|client was closed/i, 'the connection was lost'],
];

/** `connecting`: the error came while connecting, so that whatever it is, there is no connection. Undefined: it is another kind of error. */
export function connectionFailure(error: unknown, connecting = false): ConnectionFailure | undefined {
  // Where several addresses were tried, the aggregate error has no message of its own.
  const cause: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(cause instanceof Error)) return connecting ? unknownReason('') : undefined;
  const code = codeOf(cause) || codeOf(error);
  const known = words.find(([form]) => form.test(code))?.[1];
  if (known !== undefined) return { code, words: known };
  const said = code === '' ? byMessage.find(([form]) => form.test(cause.message))?.[1] : undefined;
  if (said !== undefined) return { code, words: said };
  return connecting ? unknownReason(code) : undefined;
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');
const unknownReason = (code: string): ConnectionFailure => ({ code, words: 'the connection could not be made' });

/** A connection failure as an error: safe to be shown, logged and serialized, as it stands in for the driver's own. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
  readonly code: string;

  constructor({ code, words: said }: ConnectionFailure) {
    super(said);
    this.code = code;
  }
}
