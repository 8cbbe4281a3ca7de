/** One HTTP request with its whole answer, bounded in time and size. A redirect is an answer like any other: it is never followed, because the token would be. */
import { callbackify } from 'node:util';
import { Agent, buildConnector, fetch, type RequestInit, type Response } from 'undici';
import { connectionFailure, NotConnected } from '../../domain/connection-failure.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { certificatesIn } from '../certificates.ts';

/** A group of a hundred thousand members has some 20 MB. */
const mostBytes = 64 * 1_024 * 1_024;

/** The answer is longer than anything that Rolewave asks for. */
class TooLong extends Error {}

const readCertificates = callbackify(certificatesIn);

/** The connections of one server. `caFile`: the authorities that certificates are checked by, instead of those that Node.js knows. */
export function connectionsOf(caFile: string | undefined): Agent {
  const usual = { minVersion: 'TLSv1.2' } as const;
  if (caFile === undefined) return new Agent({ connect: usual });
  return new Agent({
    connect: (options, done) => {
      readCertificates(caFile, (error, ca) => (error ? done(error, null) : buildConnector({ ...usual, ca })(options, done)));
    },
  });
}

/** Rejects with what `fetch` or the reading of the body rejects with; `notReached` says what that means. */
export async function boundedFetch(
  url: URL,
  init: Omit<RequestInit, 'redirect' | 'signal'> & { dispatcher: Agent },
  withinMs: number,
  signals: AbortSignal[] = [],
): Promise<{ response: Response; text: string }> {
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), ...signals]);
  const response = await fetch(url, { ...init, redirect: 'manual', signal });
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the answer.
    if (bytes > mostBytes) throw new TooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return { response, text: text + decoder.decode() };
}

/** Codes of errors after which the request was certainly not sent. */
const notSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|CERT_\w+|UNABLE_TO_\w+)$/;
const tooLate = /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/;

const causeOf = (error: unknown): unknown => (error instanceof TypeError && error.cause !== undefined ? error.cause : error);
function codeOf(cause: unknown): string {
  const one: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : '';
}

export function wasNotSent(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof SystemUnavailable || notSent.test(codeOf(cause));
}

/** In Rolewave's words: errors of Node repeat hosts and paths. `who`: such as `the SCIM server`. */
export function notReached(error: unknown, who: string): SystemUnavailable {
  const cause = causeOf(error);
  if (cause instanceof SystemUnavailable) return cause;
  if (error instanceof TooLong)
    return new SystemUnavailable(`${who} sent an answer of more than ${mostBytes / 1_048_576} MB, and was not listened to any longer`);
  const code = codeOf(cause);
  const isLate = tooLate.test(code) || (error instanceof DOMException && error.name === 'TimeoutError');
  const known = isLate ? undefined : connectionFailure(cause, true);
  const failure =
    known !== undefined && known.words !== unknownWords ? known : { code, words: isLate ? 'it did not answer in time' : 'the connection was lost' };
  return new SystemUnavailable(`${who} could not be reached: ${failure.words}`, { cause: new NotConnected(failure) });
}

/** What is said where the code tells nothing. */
const unknownWords = 'the connection could not be made';
