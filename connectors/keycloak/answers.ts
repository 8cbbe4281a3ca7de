/**
 * What the statuses of Keycloak's answers mean for Rolewave: one table.
 *
 * - `again`: nothing is wrong with the request, and it may succeed later, by itself or after an administrator has fixed something.
 * - `refused`: Keycloak will not do it, however often it is asked.
 *
 * 404 of what is looked for is no error; a status that is not in the table is a mistake in Rolewave.
 */
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneLine } from '../../domain/free-text.ts';
import type { HttpAnswer } from './http.ts';

interface Row {
  meaning: 'again' | 'refused';
  words: string;
}

const redirect: Row = {
  meaning: 'refused',
  words: 'it answers with a redirect, which Rolewave does not follow: write the final address into the connection string',
};

export const statuses: Readonly<Record<number, Row>> = {
  301: redirect,
  302: redirect,
  307: redirect,
  308: redirect,
  400: { meaning: 'refused', words: 'it refuses the request' },
  // Secrets are rotated and clients disabled while Rolewave works, so this is never final.
  401: { meaning: 'again', words: "it does not accept Rolewave's token: the client or person may have been disabled, or its sessions ended" },
  // Rights are taken away and given back. A rollback that met such a moment must not end for good (docs/decisions/0236-names-of-a-directory-change-meanwhile.md).
  403: {
    meaning: 'again',
    words: "Rolewave's login may not do this: it needs manage-users, view-realm, view-events and view-clients of the client realm-management",
  },
  404: { meaning: 'refused', words: 'it does not have this' },
  405: { meaning: 'refused', words: 'it does not know this request: is it Keycloak 24 or newer, and the path of the connection string right?' },
  408: { meaning: 'again', words: 'it waited too long for the request' },
  409: { meaning: 'refused', words: 'it has this already' },
  429: { meaning: 'again', words: 'it limits the rate of requests' },
  500: { meaning: 'again', words: 'it failed, and its log says why' },
  502: { meaning: 'again', words: 'the proxy in front of it has no answer from it' },
  503: { meaning: 'again', words: 'it is starting, ending or overloaded' },
  504: { meaning: 'again', words: 'the proxy in front of it waited too long for it' },
};

/** Keycloak will not do it. */
export class KeycloakRefused extends Error {
  override readonly name = 'KeycloakRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Rolewave's login may not do it, until somebody lets it. */
export class KeycloakForbids extends SystemUnavailable {}

/** Whether Keycloak will not do it now, whatever may be later. */
export const isRefusal = (error: unknown): error is KeycloakRefused | KeycloakForbids => error instanceof KeycloakRefused || error instanceof KeycloakForbids;

const saidSchema = z.object({ errorMessage: z.string().optional(), error: z.string().optional(), error_description: z.string().optional() });
const mostWords = 200;

/** Keycloak's own words in an answer that refuses; undefined: none that can be read. */
export function wordsOf(text: string): string | undefined {
  const said = saidSchema.safeParse(jsonIn(text)).data;
  const words = said?.errorMessage ?? said?.error_description ?? said?.error;
  return words === undefined ? undefined : oneLine(words).slice(0, mostWords);
}

/**
 * Whether Keycloak itself says that there is no such thing. A proxy that leads elsewhere and a realm that is not there answer 404, too, and of these nothing
 * may be concluded.
 */
export function isAbsent({ status, text }: HttpAnswer): boolean {
  const words = status === 404 ? wordsOf(text) : undefined;
  return words !== undefined && !/^Realm not found|^HTTP 404|matching target/i.test(words);
}

/** `about`: what was asked, for people, as the beginning of a sentence. */
export function failureOf(about: string, { status, text }: HttpAnswer): Error {
  const row = statuses[status];
  if (!row) return new Error(`${about}: Keycloak answered with the status ${status}, which Rolewave does not know`);
  const said = wordsOf(text);
  const message = `${about}: ${row.words} (${status}${said === undefined ? '' : `, '${said}'`})`;
  if (status === 403) return new KeycloakForbids(message);
  return row.meaning === 'again' ? new SystemUnavailable(message) : new KeycloakRefused(status, message);
}

/** Rejects with SystemUnavailable what Keycloak does not answer: a proxy, another program, or a server that is not well. */
export function readAs<T>(about: string, schema: z.ZodType<T>, { text }: HttpAnswer): T {
  const read = schema.safeParse(jsonIn(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new SystemUnavailable(
    `${about}: the answer is not what Keycloak answers${issue && issue.path.length > 0 ? ` (at ${issue.path.join('.').slice(0, 80)})` : ''}`,
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
