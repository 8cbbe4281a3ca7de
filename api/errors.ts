/**
 * The catalog of every error of this endpoint: stable code, HTTP status, title, and what to do about it.
 * Every error is answered as application/problem+json (RFC 9457). docs/http-api.md is generated from here, and a test compares the two.
 */
import type { RefusalCode } from '../domain/messages.ts';

interface Entry {
  status: number;
  title: string;
  whatToDo: string;
}

/** Why a wave or a package refuses a message: one entry for each refusal code. */
const refusals: Record<RefusalCode, Entry> = {
  malformed: { status: 422, title: 'The request is malformed', whatToDo: 'Fix the fields that the error names, and send the request again.' },
  'bad-signature': {
    status: 409,
    title: 'The seal of the message is not valid',
    whatToDo: 'The endpoint and the worker must use the same trusted keys file. Compare ROLEWAVE_TRUSTED_KEYS_FILE of both.',
  },
  'unknown-key': {
    status: 409,
    title: 'The wave or package does not know the key that sealed the message',
    whatToDo:
      'Add the public key of this endpoint to the trusted keys file of the workers. Running waves and packages know it within seconds; then send the message again.',
  },
  'wrong-address': {
    status: 409,
    title: 'The message is addressed to another wave or package',
    whatToDo: 'Send it to the plan, wave and package that it names.',
  },
  'not-authorized': {
    status: 403,
    title: 'This person is not authorized to do this',
    whatToDo: 'Ask one of those who may, or add a delegate with an end date to the plan.',
  },
  'unknown-package': { status: 404, title: 'There is no such package in this wave', whatToDo: 'List the packages with GET /v1/packages.' },
  'stale-digest': {
    status: 409,
    title: 'The plan or the preview has changed since you read it',
    whatToDo: 'Read it again, review what changed, and sign or lift what it shows now.',
  },
  'not-previewed': {
    status: 409,
    title: 'There is no preview to sign yet',
    whatToDo: 'Wait until the package shows a previewDigest. Its `blockers` say what is missing.',
  },
  'wrong-stage': {
    status: 409,
    title: 'This is not possible at the current stage',
    whatToDo: 'Read the wave or the package. Its stage or state shows what is possible now.',
  },
  expired: { status: 409, title: 'It has expired', whatToDo: 'Record it again with an end date in the future.' },
  'missing-field': { status: 409, title: 'Something that this needs is missing', whatToDo: 'Send the request again with what the error names.' },
  'unknown-proposal': { status: 404, title: 'There is no such proposal', whatToDo: 'Read the package: `running.proposal.id` is the open proposal.' },
  'already-decided': {
    status: 409,
    title: 'This has already been decided',
    whatToDo: 'Read the package to see who decided what. You do not have to do anything else.',
  },
  'already-proposed': {
    status: 409,
    title: 'A rollback is already proposed',
    whatToDo: 'Nothing new was proposed. Read the package, and answer its open proposal.',
  },
  'older-revision': {
    status: 409,
    title: 'The wave has a newer revision of the plan',
    whatToDo: 'Read the plan, make your change on its latest revision, and apply the result.',
  },
  'not-on-hold': { status: 409, title: 'This wave is not on hold', whatToDo: 'There is no hold to lift. To set a date, use go-live.' },
  'pilot-mismatch': {
    status: 409,
    title: 'The approvals name different pilot people',
    whatToDo: 'Agree on one list of people, and send it with every approval.',
  },
  'in-the-past': { status: 409, title: 'The date is in the past', whatToDo: "Choose a date in the future, on the plan's clock." },
  'second-person-needed': {
    status: 409,
    title: 'A second person must approve',
    whatToDo: 'Ask another person who may decide. The same person cannot approve twice.',
  },
  blackout: {
    status: 409,
    title: 'The date is in a blackout of the plan',
    whatToDo: 'Choose a date after the blackout, or send the reason why it goes live during the blackout in `despiteBlackout`.',
  },
  'rejected-by-owner': {
    status: 409,
    title: 'The owner has rejected this',
    whatToDo: 'Ask the owner to withdraw the rejection (`"decision": "withdraw"`) or to approve. A delegate cannot overrule the owner.',
  },
  'claim-out-of-range': {
    status: 422,
    title: 'The claim lasts too long, too many stand, or it was changed a moment ago',
    whatToDo: 'Claim it for as long as `rollback.claims.atMost` of the plan allows, or end a claim first. Change one after ten minutes.',
  },
  'unknown-claim': {
    status: 404,
    title: 'No such claim stands',
    whatToDo: 'Read `running.claims` of the package: it may have ended, or have been replaced by a newer one.',
  },
  contested: {
    status: 409,
    title: 'The owner contested a claim on this access',
    whatToDo: 'Ask the owner of the package to keep it: nobody may claim it again in this release.',
  },
  'last-holder': {
    status: 409,
    title: 'Nobody else has a role that always keeps a holder',
    whatToDo: 'Give the role to somebody else in the system, then end the claim.',
  },
  'stale-content': {
    status: 409,
    title: 'The last evaluation did not find this content',
    whatToDo: 'Run an evaluation, read `running.contents` of the package, and accept what it shows.',
  },
  'message-expired': {
    status: 409,
    title: 'The message has expired',
    whatToDo: 'Send it again: a message counts for 15 minutes. If that does not help, compare the clocks of this endpoint and of the Temporal server.',
  },
  'too-many-refused': {
    status: 429,
    title: 'Too many of your messages were refused',
    whatToDo: 'Read the wave or the package: its `refusals` say what was wrong. Wait a quarter of an hour, and send one new message.',
  },
};

/** Errors of the endpoint itself. */
const own = {
  'no-token': { status: 401, title: 'A token is required', whatToDo: 'Send your token: `Authorization: Bearer <token>`.' },
  'bad-token': {
    status: 401,
    title: 'The token is not accepted',
    whatToDo: 'Get a new token from your identity provider. The error says what is wrong with this one.',
  },
  'session-over': {
    status: 401,
    title: 'You are no longer signed in',
    whatToDo: 'Sign in again at /sign-in. Nothing was changed.',
  },
  'cross-site': {
    status: 403,
    title: 'Another site made your browser send this request',
    whatToDo:
      'Open the page of Rolewave itself and do it there. A script of that page sends X-Requested-With: rolewave; any other program sends a token in place of the cookie.',
  },
  'identity-unreachable': {
    status: 503,
    title: 'The keys of the identity provider cannot be fetched',
    whatToDo: 'Check ROLEWAVE_IDENTITY_JWKS and that the provider answers, then try again.',
  },
  'not-loopback': {
    status: 403,
    title: 'Demo tokens are available only on this machine',
    whatToDo: 'Call the endpoint from the machine that runs the demo, as http://127.0.0.1 or http://localhost.',
  },
  'not-an-operator': {
    status: 403,
    title: 'Only operators of the plan may do this',
    whatToDo: 'Ask one of the operators in the latest applied revision of the plan, or a site administrator.',
  },
  'consent-missing': {
    status: 409,
    title: 'People who would lose the right to decide have not consented',
    whatToDo:
      'Each person in `consents` sends the same plan to POST /v1/plans/{plan}/consents; then apply it again. A site administrator may apply it at once with a `reason`. Nothing was stored.',
  },
  'nothing-to-consent': {
    status: 409,
    title: 'This plan does not need your consent',
    whatToDo: 'Consent is for those who lose the right to decide by the next revision. Check that the file is the one that is to be applied.',
  },
  'revision-not-sealed': {
    status: 409,
    title: 'The latest revision was written into the store, not applied',
    whatToDo: 'Ask those who run the store who wrote it, and restore the store. If the key of the endpoint changed, keep the old one in the trusted keys file.',
  },
  'not-a-reader': {
    status: 403,
    title: 'This is shown to the owner, the signers and the operators only',
    whatToDo: 'Ask an operator of the plan to give you a role in it. The counts per system are in GET /v1/packages/{plan}/{wave}/{package}.',
  },
  'not-an-applier': {
    status: 403,
    title: 'The site does not let you apply this plan',
    whatToDo: 'Ask an administrator of the site to name you, or one of your groups, under `apply` of the plan in the site file.',
  },
  'unknown-person': {
    status: 404,
    title: 'Neither an applied plan nor the site file names this person',
    whatToDo: 'Name a person of an applied plan or of the site file, or send the plan itself in `plan`.',
  },
  'no-person-named': {
    status: 422,
    title: 'The request does not say who you are',
    whatToDo: 'Name yourself in `person`. GET /sign-in lists the people of the applied plans and of the site file.',
  },
  'no-such-route': { status: 404, title: 'There is nothing at this address', whatToDo: 'GET /openapi.json lists every address.' },
  'wrong-method': { status: 405, title: 'This address does not support this method', whatToDo: 'The Allow header lists the supported methods.' },
  'not-json': { status: 400, title: 'The body is not JSON', whatToDo: 'Send one JSON object, such as {"reason": "…"}.' },
  'wrong-content-type': { status: 415, title: 'The body must be JSON', whatToDo: 'Send the header `Content-Type: application/json`.' },
  'too-large': { status: 413, title: 'The body is too large', whatToDo: 'A message may have at most 32 KiB, and a plan 2 MiB. Split a larger plan.' },
  'too-slow': { status: 408, title: 'The request did not arrive in time', whatToDo: 'Send the request again, within 30 seconds.' },
  'headers-too-large': { status: 431, title: 'The headers are too large', whatToDo: 'Send fewer or shorter headers: 16 KiB in all.' },
  'unreadable-request': { status: 400, title: 'The request cannot be read', whatToDo: 'Fix the address, the headers or the encoding of the request.' },
  'expectation-failed': {
    status: 417,
    title: 'The expectation of the request is not known',
    whatToDo: 'Send it without the header Expect, or with 100-continue.',
  },
  'plan-invalid': { status: 422, title: 'The plan has mistakes', whatToDo: 'Fix each of the `mistakes`. Nothing was started or changed.' },
  'plan-unreadable': {
    status: 422,
    title: 'The plan takes too long or too much memory to read',
    whatToDo: 'Write it without deep nesting and aliases. The command validates a file on your own machine, without these limits.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    whatToDo: 'Wait as many seconds as the Retry-After header says. The limits are in the site file, under limits.',
  },
  busy: { status: 503, title: 'The endpoint has too much to do', whatToDo: 'Try again after the seconds that the Retry-After header says.' },
  'site-refuses': {
    status: 422,
    title: 'The site does not let the plan do this',
    whatToDo: 'Change the plan at each of the `mistakes`, or let those who run Rolewave change the site file. Nothing was started or changed.',
  },
  'plan-conflict': {
    status: 412,
    title: 'Someone else applied another revision in the meantime',
    whatToDo: 'Read the plan, make your change on its latest revision, and apply the result with `If-Match` set to that revision.',
  },
  'released-package-changed': {
    status: 409,
    title: 'The plan changes a released package',
    whatToDo:
      'Put each of the `packages` in its own wave with `change: revise` (or `retire`), where people sign off the difference, or undo the change. Nothing was stored.',
  },
  'apply-unfinished': {
    status: 503,
    title: 'The revision is stored but did not reach every wave',
    whatToDo: 'Apply the same plan again. That completes the apply and changes nothing else. `waves` shows which waves have it.',
  },
  'bad-if-match': {
    status: 400,
    title: 'If-Match is not a revision',
    whatToDo: 'Send the number of the revision that you changed, such as `If-Match: 3`, or omit the header.',
  },
  'clock-not-allowed': {
    status: 409,
    title: 'A plan with its own clock is only for demonstrations',
    whatToDo: 'Remove `clock` from the plan, or start the endpoint and the worker with ROLEWAVE_DEMO=1.',
  },
  'unknown-plan': {
    status: 404,
    title: 'There is no such plan, or you may not read it',
    whatToDo:
      'GET /v1/plans lists the plans that you may read. To read another, ask an operator to give you a role in it, or those who run Rolewave for the right to read it in the site file. POST /v1/plans applies a new one.',
  },
  'unknown-revision': { status: 404, title: 'The plan has no such revision', whatToDo: 'Read the plan without `revision`: its number is the latest.' },
  'unknown-metric': { status: 404, title: 'There is no such metric in the plan', whatToDo: 'Name one of the plan under `metrics`.' },
  'unknown-wave': { status: 404, title: 'There is no such wave in the plan', whatToDo: 'List the waves with GET /v1/waves.' },
  'unknown-notice': { status: 404, title: 'There is no such notice', whatToDo: 'List the notices with GET /v1/notices.' },
  'nothing-to-resend': {
    status: 409,
    title: 'There is nothing to resend',
    whatToDo: 'GET /v1/notices shows how each delivery went. With all=true an open notice is sent to everyone again.',
  },
  'resent-too-often': {
    status: 429,
    title: 'This notice was sent again too often',
    whatToDo: 'Wait as many seconds as the Retry-After header says. A notice can be sent again five times within an hour.',
  },
  'wave-not-started': {
    status: 404,
    title: 'The wave is in the plan but has not been started',
    whatToDo: 'Apply the same plan again. That completes an interrupted apply.',
  },
  'not-released': {
    status: 404,
    title: 'The package is not released yet',
    whatToDo: 'Before its release, a package accepts only sign-offs, evidence, notes, hold-back and dates.',
  },
  ended: {
    status: 409,
    title: 'This has ended and accepts no more messages',
    whatToDo: 'Read it to see how it ended. To start again, apply a new revision of the plan with a new wave.',
  },
  'too-many-messages': {
    status: 409,
    title: 'You have sent too many messages about this',
    whatToDo: 'Ask somebody else who may send it. Aborts, rollbacks, decisions and the ends of claims are counted apart: 5,000 of them.',
  },
  'id-reused': {
    status: 409,
    title: 'This idempotency key was used for something else',
    whatToDo: 'Use a new key for a new message. Reuse a key only to repeat exactly the same request.',
  },
  'not-recorded-yet': {
    status: 503,
    title: 'What was accepted under this idempotency key is not on record yet',
    whatToDo: 'Send the same message again with the same key: it counts once.',
  },
  'no-worker': { status: 503, title: 'No worker answers', whatToDo: 'Start a worker and try again. You can send messages in the meantime: they are stored.' },
  'engine-unreachable': {
    status: 503,
    title: 'The Temporal server does not answer',
    whatToDo: 'Check TEMPORAL_ADDRESS and that the server is running, then try again. A message may have arrived: sent again with the same id, it counts once.',
  },
  'store-unreachable': { status: 503, title: 'The store does not answer', whatToDo: 'Check DATABASE_URL and that PostgreSQL is running, then try again.' },
  'systems-not-read': {
    status: 502,
    title: 'The systems could not be read',
    whatToDo: 'The detail says which system failed and why. Fix that and try again. Nothing was changed.',
  },
  'no-record': {
    status: 410,
    title: 'It ended without a final record',
    whatToDo: 'It was terminated in Temporal. Its events and its ledger are in the store.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    whatToDo: 'Try again. If the error persists, send the id of the request to the operators of this endpoint.',
  },
} as const satisfies Record<string, Entry>;

export const catalog = { ...refusals, ...own };
export type ErrorCode = keyof typeof catalog;
export const errorCodes = Object.keys(catalog) as ErrorCode[];

/** Thrown anywhere below a route; answered as problem+json. `detail`: one sentence for people about this case. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly more: Record<string, unknown>;

  constructor(code: ErrorCode, detail: string, more: Record<string, unknown> = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.more = more;
  }
}

/** The JSON of a problem; `instance` names the request, so that its line in the log can be found. */
export function problemJson(problem: Problem, requestId: string): Record<string, unknown> {
  const { status, title, whatToDo } = catalog[problem.code];
  return {
    type: `urn:rolewave:problem:${problem.code}`,
    code: problem.code,
    status,
    title,
    detail: shortened(problem.message, most.message),
    whatToDo,
    instance: `urn:rolewave:request:${requestId}`,
    ...problem.more,
    ...firstOf(problem.more['mistakes']),
  };
}

/** Beyond these, more mistakes help nobody; what they quote comes from the request, and may be as long. */
const most = { mistakes: 501, bytes: 262_144, path: 500, message: 2_000 } as const;

/** The mistakes that an answer names, and how many more there are. */
function firstOf(mistakes: unknown): Record<string, unknown> {
  if (!Array.isArray(mistakes)) return {};
  const shown: Record<string, unknown>[] = [];
  let bytes = 0;
  for (const mistake of mistakes.slice(0, most.mistakes) as Record<string, unknown>[]) {
    const short = { ...mistake, path: shortened(mistake['path'], most.path), message: shortened(mistake['message'], most.message) };
    bytes += JSON.stringify(short).length;
    if (bytes > most.bytes) break;
    shown.push(short);
  }
  return { mistakes: shown, ...(shown.length < mistakes.length ? { moreMistakes: mistakes.length - shown.length } : {}) };
}

const shortened = (text: unknown, most: number): unknown => (typeof text === 'string' && text.length > most ? `${text.slice(0, most - 1)}…` : text);
