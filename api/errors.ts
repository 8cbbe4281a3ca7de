/**
 * The one catalogue of everything that can go wrong at this endpoint: stable code, HTTP status, title, and what to do about it.
 * Every error leaves as application/problem+json (RFC 9457); docs/http-api.md is generated from here and a test compares the two.
 */
import type { RefusalCode } from '../domain/messages.ts';

interface Entry {
  status: number;
  title: string;
  whatToDo: string;
}

/** What a wave or a package answers when it does not accept a message: one entry for each of its refusal codes. */
const refusals: Record<RefusalCode, Entry> = {
  malformed: { status: 422, title: 'The request is not in its form', whatToDo: 'Fix the fields that are named and send it again.' },
  'bad-signature': {
    status: 409,
    title: 'The seal of the message does not hold',
    whatToDo: 'The endpoint and the worker must use the same trusted keys file: compare ROLEWAVE_TRUSTED_KEYS_FILE of both.',
  },
  'unknown-key': {
    status: 409,
    title: 'The wave does not know the key that sealed the message',
    whatToDo: "Add this endpoint's public key to ROLEWAVE_TRUSTED_KEYS_FILE of the worker, and apply the plan again.",
  },
  'wrong-address': {
    status: 409,
    title: 'The message is addressed to another wave or package',
    whatToDo: 'Send it to the plan, wave and package that it names.',
  },
  'not-authorized': {
    status: 403,
    title: 'This person may not do this',
    whatToDo: 'Ask one of the people whom the answer names, or have a delegate with an end date written into the plan.',
  },
  'unknown-package': { status: 404, title: 'There is no such package in this wave', whatToDo: 'List what there is with GET /v1/packages.' },
  'stale-digest': {
    status: 409,
    title: 'The plan or the preview changed since it was seen',
    whatToDo: 'Read the package again, look at what changed, and sign the digests that it shows now.',
  },
  'not-previewed': {
    status: 409,
    title: 'There is no preview to sign yet',
    whatToDo: 'Wait until the package shows a previewDigest; its `blockers` say what is missing.',
  },
  'wrong-stage': { status: 409, title: 'Not possible at this stage', whatToDo: 'Read the wave or the package: its stage or state says what is possible now.' },
  expired: { status: 409, title: 'Too late: it has expired', whatToDo: 'Record it again with an end that lies ahead.' },
  'missing-reason': { status: 409, title: 'A reason is missing', whatToDo: 'Send it again with a `reason`.' },
  'unknown-proposal': { status: 404, title: 'There is no such proposal', whatToDo: 'Read the package: `running.proposal.id` is the one that is open.' },
  'already-decided': {
    status: 409,
    title: 'This has been decided already',
    whatToDo: 'Read the package to see who decided what; nothing else needs to be done.',
  },
  'older-revision': {
    status: 409,
    title: 'The wave has a newer revision of the plan',
    whatToDo: 'Read the plan, put your change on top of its latest revision, and apply that.',
  },
  'not-on-hold': { status: 409, title: 'This wave is not on hold', whatToDo: 'Nothing needs to be lifted; set a date with go-live if that is what you want.' },
  'pilot-mismatch': {
    status: 409,
    title: 'The approvals name different pilot people',
    whatToDo: 'Agree on one list of people and send it with every approval.',
  },
  'in-the-past': { status: 409, title: 'The date is in the past', whatToDo: "Choose a date that lies ahead on the plan's clock." },
  'second-person-needed': {
    status: 409,
    title: 'A second person is needed',
    whatToDo: 'Ask another person who may decide; one person cannot decide this twice.',
  },
  blackout: {
    status: 409,
    title: 'The date is in a blackout of the plan',
    whatToDo: 'Choose a date after it, or give the reason why it goes ahead all the same.',
  },
};

/** What the endpoint itself answers. */
const own = {
  'no-token': { status: 401, title: 'Who are you?', whatToDo: 'Send your token: `Authorization: Bearer <token>`.' },
  'bad-token': {
    status: 401,
    title: 'The token is not accepted',
    whatToDo: 'Get a fresh token from your identity provider; the answer says what is wrong with this one.',
  },
  'identity-unreachable': {
    status: 503,
    title: "The identity provider's keys cannot be fetched",
    whatToDo: 'Check ROLEWAVE_IDENTITY_JWKS and that the provider answers, then try again.',
  },
  'not-loopback': {
    status: 403,
    title: 'Demo tokens are for this machine only',
    whatToDo: 'Call from the machine that runs the demo, as http://127.0.0.1 or http://localhost.',
  },
  'not-an-operator': {
    status: 403,
    title: 'Only operators of the plan may do this',
    whatToDo: 'Ask one of the operators whom the latest applied revision of the plan names.',
  },
  'unknown-person': {
    status: 404,
    title: 'No applied plan knows this person',
    whatToDo: 'Name a person of an applied plan, or send the plan itself along in `plan`.',
  },
  'no-such-route': { status: 404, title: 'There is nothing at this address', whatToDo: 'GET /openapi.json lists every address.' },
  'wrong-method': { status: 405, title: 'This address does not take this method', whatToDo: 'The Allow header lists those that it takes.' },
  'not-json': { status: 400, title: 'The body is not JSON', whatToDo: 'Send one JSON object, such as {"reason": "…"}.' },
  'wrong-content-type': { status: 415, title: 'The body has to be JSON', whatToDo: 'Send the header `Content-Type: application/json`.' },
  'too-large': { status: 413, title: 'The body is too large', whatToDo: 'A message may have 32 KiB, a plan 1 MiB; split a larger plan.' },
  'unreadable-request': { status: 400, title: 'The request cannot be read', whatToDo: 'Fix the address, the headers or the encoding of the request.' },
  'plan-invalid': { status: 422, title: 'The plan has mistakes', whatToDo: 'Fix each of the `mistakes`; nothing was started or changed.' },
  'plan-conflict': {
    status: 412,
    title: 'Somebody applied another revision meanwhile',
    whatToDo: 'Read the plan, put your change on top of its latest revision, and apply with `If-Match` set to that revision.',
  },
  'released-package-changed': {
    status: 409,
    title: 'The plan changes a package that is released',
    whatToDo:
      'Put each of the `packages` in a wave of its own with `change: revise` (or `retire`), where its difference is signed, or put back what changed. Nothing was stored.',
  },
  'apply-unfinished': {
    status: 503,
    title: 'The revision is stored and did not reach every wave',
    whatToDo: 'Apply the same plan again: that finishes it and changes nothing else. `waves` says which wave has it.',
  },
  'bad-if-match': {
    status: 400,
    title: 'If-Match is not a revision',
    whatToDo: 'Send the number of the revision that you changed, such as `If-Match: 3`, or leave the header out.',
  },
  'clock-not-allowed': {
    status: 409,
    title: 'A plan with a clock of its own is for demonstrations',
    whatToDo: 'Take `clock` out of the plan, or start endpoint and worker with ROLEWAVE_DEMO=1.',
  },
  'unknown-plan': { status: 404, title: 'This plan has not been applied', whatToDo: 'GET /v1/plans lists the plans; apply it with POST /v1/plans.' },
  'unknown-wave': { status: 404, title: 'There is no such wave in the plan', whatToDo: 'List what there is with GET /v1/waves.' },
  'unknown-notice': { status: 404, title: 'There is no such notice', whatToDo: 'List what there is with GET /v1/notices.' },
  'nothing-to-resend': {
    status: 409,
    title: 'There is nothing to send again',
    whatToDo: 'GET /v1/notices shows how each delivery went; with all=true an unanswered notice goes to everybody again.',
  },
  'wave-not-started': {
    status: 404,
    title: 'The wave is in the plan and has not been started',
    whatToDo: 'Apply the same plan again: that finishes an apply which was interrupted.',
  },
  'not-released': {
    status: 404,
    title: 'The package is not released yet',
    whatToDo: 'Until its release, sign-offs, evidence, notes, hold-back and dates are what it takes.',
  },
  ended: {
    status: 409,
    title: 'This has ended and takes no more messages',
    whatToDo: 'Read it to see how it ended; a new revision of the plan with a new wave starts something new.',
  },
  'id-reused': {
    status: 409,
    title: 'This idempotency key was used for something else',
    whatToDo: 'Choose a new key for a new message; use one again only to repeat the very same request.',
  },
  'no-worker': { status: 503, title: 'No worker answers', whatToDo: 'Start a worker and try again; messages are kept meanwhile and may be sent all the same.' },
  'engine-unreachable': {
    status: 503,
    title: 'The Temporal server does not answer',
    whatToDo: 'Check TEMPORAL_ADDRESS and that the server runs, then try again; nothing was changed.',
  },
  'store-unreachable': { status: 503, title: 'The store does not answer', whatToDo: 'Check DATABASE_URL and that PostgreSQL runs, then try again.' },
  'simulation-failed': {
    status: 502,
    title: 'The plan could not be held against the systems',
    whatToDo: 'The detail says which system failed and why; fix that and try again. Nothing was changed.',
  },
  'no-record': {
    status: 410,
    title: 'It ended without a last record',
    whatToDo: 'It was terminated in the engine; its events and its ledger are in the store.',
  },
  internal: { status: 500, title: 'Something broke here', whatToDo: "Try again; if it stays, give the request's id to whoever runs this endpoint." },
} as const satisfies Record<string, Entry>;

export const catalogue = { ...refusals, ...own };
export type ErrorCode = keyof typeof catalogue;
export const errorCodes = Object.keys(catalogue) as ErrorCode[];

/** Thrown anywhere below a route; answered as problem+json. `detail`: one sentence for people about this very case. */
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
  const { status, title, whatToDo } = catalogue[problem.code];
  return {
    type: `urn:rolewave:problem:${problem.code}`,
    code: problem.code,
    status,
    title,
    detail: problem.message,
    whatToDo,
    instance: `urn:rolewave:request:${requestId}`,
    ...problem.more,
  };
}
