/**
 * What the statuses of HTTP mean for Rolewave where a SCIM server answers (RFC 7644, 3.12). The body of an answer is never repeated: a server may put anything
 * into it, also what it was sent. Of it, only the keyword `scimType` is told, where the RFC knows it.
 */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { textOf, type Resource } from './resource.ts';

export interface Answer {
  status: number;
  /** undefined: there is none, or it is no JSON object. */
  body: Resource | undefined;
  /** As an If-Match header can repeat it. */
  version: string | undefined;
  /** How long the server asks to wait. */
  waitMs: number | undefined;
}

const scimTypes = new Set([
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
]);

/** What to do about it, as a sentence without its full stop. */
const fixes: Record<number, string> = {
  401: "Put a current token, or the client's current id and secret, into the connection string",
  403: "Let Rolewave's client read users and groups, and change members of the groups of the plans",
  405: 'The server does not take this kind of request: check the address in the connection string',
  413: 'The server does not take a request of this size',
  429: 'The server limits how often it is asked: raise the limit for Rolewave',
  501: 'The server does not offer this: see `rolewave doctor`',
};

export function scimTypeOf({ body }: Answer): string | undefined {
  const keyword = body && textOf(body, 'scimType');
  return keyword !== undefined && scimTypes.has(keyword) ? keyword : undefined;
}

/** In Rolewave's words. */
export function statusWords(answer: Answer): string {
  const { status } = answer;
  const keyword = scimTypeOf(answer);
  const fix =
    status >= 300 && status < 400
      ? 'The server refers to another address, which Rolewave does not follow: put the final address into the connection string'
      : fixes[status];
  return `the SCIM server answered status ${status}${keyword === undefined ? '' : ` (${keyword})`}${fix === undefined ? '' : `. ${fix}`}`;
}

/** The server will not do it, however often it is asked. */
export class ScimRefused extends Error {
  override readonly name = 'ScimRefused';
  readonly answer: Answer;

  constructor(message: string, answer: Answer) {
    super(message);
    this.answer = answer;
  }
}

/** Of an answer to a question that is no success. Tokens are renewed and addresses corrected while Rolewave works, so that these are never final. */
export function notAnswered(what: string, answer: Answer): Error {
  const { status } = answer;
  const words = `${what} could not be read: ${statusWords(answer)}`;
  const isAgain = status >= 500 || status < 400 || [401, 403, 404, 408, 429].includes(status);
  return isAgain && status !== 501 ? new SystemUnavailable(words) : new ScimRefused(words, answer);
}
