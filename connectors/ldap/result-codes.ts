/**
 * What the result codes of LDAP mean for Rolewave: one table.
 *
 * - `again`: nothing was changed, and the same request may succeed later, by itself or after an administrator has fixed something.
 * - `race`: somebody else has changed the entry since it was read.
 * - `refused`: the server will not do it, however often it is asked.
 *
 * A code that is not in the table is a mistake in Rolewave.
 */
import { InvalidAsn1Error, ResultCodeError } from 'ldapts';
import { connectionFailure, NotConnected } from '../../domain/connection-failure.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';

export type Meaning = 'again' | 'race' | 'refused';

interface Row {
  /** As RFC 4511 calls it. */
  name: string;
  meaning: Meaning;
  /** What to do about it, as a sentence without its full stop. */
  fix?: string;
}

export const resultCodes: Readonly<Record<number, Row>> = {
  1: { name: 'operationsError', meaning: 'again' },
  3: { name: 'timeLimitExceeded', meaning: 'again', fix: "Raise the server's time limit for Rolewave's login, or add the index that its log names" },
  4: { name: 'sizeLimitExceeded', meaning: 'refused', fix: "The list would end early: let Rolewave's login read without a size limit, or in pages" },
  // Not the request is wrong: what the server allows to be looked at is raised by its administrator.
  11: { name: 'adminLimitExceeded', meaning: 'again', fix: "Raise the server's limits for Rolewave's login" },
  51: { name: 'busy', meaning: 'again' },
  52: { name: 'unavailable', meaning: 'again' },
  80: { name: 'other', meaning: 'again', fix: "See the server's log" },
  // The server does not let the login in. Passwords are rotated and logins locked while Rolewave works, so this is never final.
  7: { name: 'authMethodNotSupported', meaning: 'again', fix: 'Let the server take simple binds of this login' },
  8: { name: 'strongerAuthRequired', meaning: 'again', fix: 'The server wants an encrypted connection: use ldaps:// or StartTLS' },
  13: { name: 'confidentialityRequired', meaning: 'again', fix: 'The server wants an encrypted connection: use ldaps:// or StartTLS' },
  48: { name: 'inappropriateAuthentication', meaning: 'again', fix: "Give Rolewave's login a password" },
  49: { name: 'invalidCredentials', meaning: 'again', fix: "Put the login's DN and current password into the connection string" },
  // Somebody else was faster.
  122: { name: 'assertionFailed', meaning: 'race' },
  // The server refuses.
  2: { name: 'protocolError', meaning: 'refused' },
  10: {
    name: 'referral',
    meaning: 'refused',
    fix: 'The server refers to another one, and Rolewave follows no referral: put the server that holds this part of the directory, and takes changes, into the connection string',
  },
  12: { name: 'unavailableCriticalExtension', meaning: 'refused' },
  16: { name: 'noSuchAttribute', meaning: 'refused' },
  17: { name: 'undefinedAttributeType', meaning: 'refused', fix: 'The site file names an attribute that the server does not know' },
  18: { name: 'inappropriateMatching', meaning: 'refused' },
  19: { name: 'constraintViolation', meaning: 'refused' },
  20: { name: 'attributeOrValueExists', meaning: 'refused' },
  21: { name: 'invalidAttributeSyntax', meaning: 'refused' },
  32: { name: 'noSuchObject', meaning: 'refused', fix: 'Check the bases in the site file, and that Rolewave may read there' },
  34: { name: 'invalidDNSyntax', meaning: 'refused', fix: 'Fix the DN in the plan or the site file' },
  50: { name: 'insufficientAccessRights', meaning: 'refused', fix: "Let Rolewave's login write the members and the marker of this group" },
  53: { name: 'unwillingToPerform', meaning: 'refused' },
  64: { name: 'namingViolation', meaning: 'refused' },
  65: { name: 'objectClassViolation', meaning: 'refused' },
  67: { name: 'notAllowedOnRDN', meaning: 'refused' },
  68: { name: 'entryAlreadyExists', meaning: 'refused' },
  69: { name: 'objectClassModsProhibited', meaning: 'refused' },
  71: { name: 'affectsMultipleDSAs', meaning: 'refused' },
};

/** The server will not do it; its own words are in the message. */
export class LdapRefused extends Error {
  override readonly name = 'LdapRefused';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What an administrator of the directory gives back, or ends, while Rolewave waits: rights of its login, a server that is read-only for a while. */
const givenBack = new Set([50, 53]);

/** What a call fails with. A refusal that is no item's outcome, and may end, is tried again. */
export const failureOf = (error: unknown): unknown =>
  error instanceof LdapRefused && givenBack.has(error.code) ? new SystemUnavailable(error.message, { cause: error }) : error;

/** The entry is not as it was read any more; nothing was changed. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

export const meaningOf = (code: number): Meaning | undefined => resultCodes[code]?.meaning;

const mostWords = 500;

/** The server's own words, its code, and what to do. The client adds the code to them. */
export function serverWords(code: number, said: string): string {
  const row = resultCodes[code];
  const words = said
    .replace(/ ?Code: 0x[0-9a-f]+$/i, '')
    .trim()
    .slice(0, mostWords);
  return `the directory answered ${row?.name ?? 'an error'} (${code})${words === '' ? '' : `: ${words}`}${row?.fix === undefined ? '' : `. ${row.fix}`}`;
}

/** What the client says where a connection ended; its other errors have a code of Node's. */
const lost = /^(Socket error|Connection (closed|timeout)|Socket connection not established)|Operation timed out/;

/** The client cannot read what was answered: it names the message to the error, whatever it was that it stumbled over. */
export const isUnreadable = (error: unknown): error is Error => error instanceof InvalidAsn1Error || (error instanceof Error && 'messageDetails' in error);

/** The same failure as what a caller must know: SystemUnavailable, LostRace, LdapRefused, or a mistake as it is. Never repeats what was sent. */
export function sorted(error: unknown, connecting = false): unknown {
  if (error instanceof SystemUnavailable) return error;
  if (error instanceof ResultCodeError) {
    const words = serverWords(error.code, error.message);
    const meaning = meaningOf(error.code);
    if (connecting) return new SystemUnavailable(`the directory did not let Rolewave in: ${words}`);
    if (meaning === 'again') return new SystemUnavailable(words);
    if (meaning === 'race') return new LostRace(words);
    return meaning === 'refused' ? new LdapRefused(error.code, words) : new Error(words);
  }
  if (isUnreadable(error)) return new SystemUnavailable(`the directory's answer could not be read: ${error.message.slice(0, mostWords)}`, { cause: error });
  const isLost = error instanceof Error && lost.test(error.message);
  const failure =
    connectionFailure(error, connecting) ??
    (isLost ? { code: '', words: /time/i.test(error.message) ? 'it did not answer in time' : 'the connection was lost' } : undefined);
  return failure ? new SystemUnavailable(`the directory could not be reached: ${failure.words}`, { cause: new NotConnected(failure) }) : error;
}
