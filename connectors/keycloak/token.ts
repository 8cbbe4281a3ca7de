/** Rolewave's token: whose it is, and for how long. It is not verified here: it only says to Rolewave who Rolewave is. */
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { failureOf, KeycloakRefused, readAs } from './answers.ts';
import type { HttpAnswer } from './http.ts';
import type { KeycloakSettings } from './settings.ts';

export interface Token {
  text: string;
  /** Id of the account that it is of: a person, or the client's service account. */
  accountId: string;
  /** undefined: a lightweight token, which does not say it. */
  accountName: string | undefined;
  /** By Keycloak's clock. */
  expiresMs: number;
  /** By ours. */
  renewMs: number;
}

const longest = 100_000;
const answerSchema = z.object({ access_token: z.string().max(longest), id_token: z.string().max(longest).optional(), expires_in: z.number().min(1) });
const claimsSchema = z.object({ sub: z.string().optional(), preferred_username: z.string().optional(), exp: z.number() });
/** Before its end, so that what is begun with it can be ended with it. */
const renewBeforeMs = 20_000;

export function tokenRequest({ credentials }: KeycloakSettings): string {
  const { grant, client } = credentials;
  return new URLSearchParams(
    grant === 'client'
      ? { grant_type: 'client_credentials', client_id: client, client_secret: credentials.secret }
      : // By `openid` comes a second token, which says whose the first one is where that is a lightweight one, as of admin-cli.
        { grant_type: 'password', client_id: client, username: credentials.username, password: credentials.password, scope: 'openid' },
  ).toString();
}

export function readToken(answer: HttpAnswer, { signInRealm, credentials: { grant, client } }: KeycloakSettings, nowMs = Date.now()): Token {
  const about = 'Rolewave cannot sign in';
  if (answer.status === 404) throw new KeycloakRefused(404, `${about}: there is no realm '${signInRealm}', or it is disabled. Fix the connection string`);
  if (answer.status === 400 || answer.status === 401 || answer.status === 403)
    // Secrets are rotated while Rolewave works, so this is never final.
    throw new SystemUnavailable(
      `${about}: Keycloak does not accept ${grant === 'client' ? `the secret of client '${client}', or the client has no service account` : `the password, or client '${client}' has no direct access grants`} (${answer.status})`,
    );
  if (answer.status !== 200) throw failureOf(about, answer);
  const { access_token: text, id_token: idToken, expires_in: seconds } = readAs(about, answerSchema, answer);
  const { exp, ...own } = claimsIn(text);
  const { sub, preferred_username: name } = own.sub === undefined && idToken !== undefined ? claimsIn(idToken) : own;
  if (sub === undefined) throw new Error(`${about}: its token does not say whose it is. Give client '${client}' the client scope 'basic'`);
  return {
    text,
    accountId: sub,
    accountName: name,
    expiresMs: exp * 1_000,
    renewMs: nowMs + Math.max(seconds * 1_000 - renewBeforeMs, seconds * 500),
  };
}

function claimsIn(token: string): z.output<typeof claimsSchema> {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
  } catch {
    throw new SystemUnavailable('Rolewave cannot sign in: the answer is not what Keycloak answers (at access_token)');
  }
}
