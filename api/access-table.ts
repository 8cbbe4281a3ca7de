/**
 * Who may read what, and who may ask for what: one table, from which docs/access.md is written, and which test/attacks/matrix.test.ts holds against the running
 * endpoint, every route with a token of every role.
 */
import type { Role as Sender } from '../domain/authority/who-may.ts';

/** In their own plan. `other owner`: owns another package of it, in another wave; `owner beside`: in the same wave. `co-signer`: signs for the wave in addition to the owner. */
export const roles = [
  'no token',
  'stranger',
  'cohort',
  'viewer',
  'expired delegate',
  'other owner',
  'owner beside',
  'owner',
  'delegate',
  'co-signer',
  'operator',
  'administrator',
] as const;
export type Role = (typeof roles)[number];

export const outcomes = {
  open: 'answered',
  unauthenticated: '401, whatever is asked',
  hidden: '404 or no row, exactly as for a plan that does not exist',
  refused: '403, which says what is missing and names nobody',
  nothing: 'an empty list',
  counts:
    'counts and states: no people, accounts, addresses, statements, texts or errors. Someone who acts elsewhere in the plan is also told who owns a package',
  part: 'in full what belongs to the packages for which they act, and nothing of the others',
  full: 'in full; for a message, the wave or the package decides',
} as const;
export type Outcome = keyof typeof outcomes;

type Row = Record<Role, Outcome>;
const row = (...cells: [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome]): Row =>
  Object.fromEntries(roles.map((role, index) => [role, cells[index]])) as Row;

// Columns: no token, stranger, cohort, viewer, expired delegate, other owner, owner beside, owner, delegate, co-signer, operator, administrator.
const open = row('open', 'open', 'open', 'open', 'open', 'open', 'open', 'open', 'open', 'open', 'open', 'open');
const states = row('unauthenticated', 'hidden', 'counts', 'counts', 'counts', 'counts', 'counts', 'full', 'full', 'full', 'full', 'full');
const statesOfWave = row('unauthenticated', 'hidden', 'counts', 'counts', 'counts', 'counts', 'part', 'full', 'full', 'full', 'full', 'full');
const listOfStates = row('unauthenticated', 'hidden', 'counts', 'counts', 'counts', 'part', 'part', 'part', 'part', 'part', 'full', 'full');
const document = row('unauthenticated', 'hidden', 'counts', 'counts', 'counts', 'part', 'part', 'part', 'part', 'part', 'full', 'full');
const records = row('unauthenticated', 'nothing', 'nothing', 'nothing', 'nothing', 'part', 'part', 'part', 'part', 'part', 'full', 'full');
const following = row('unauthenticated', 'nothing', 'counts', 'counts', 'counts', 'part', 'part', 'part', 'part', 'part', 'full', 'full');
const recordsOfWave = row('unauthenticated', 'hidden', 'nothing', 'nothing', 'nothing', 'nothing', 'part', 'full', 'full', 'full', 'full', 'full');
const people = row('unauthenticated', 'hidden', 'refused', 'refused', 'refused', 'refused', 'refused', 'full', 'full', 'full', 'full', 'full');
const anywhere = row('unauthenticated', 'hidden', 'refused', 'refused', 'refused', 'full', 'full', 'full', 'full', 'full', 'full', 'full');
const planFiles = row('unauthenticated', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'full', 'full');
const planFilesOfOperators = row(
  'unauthenticated',
  'refused',
  'refused',
  'refused',
  'refused',
  'refused',
  'refused',
  'refused',
  'refused',
  'refused',
  'full',
  'refused',
);
const consents = row('unauthenticated', 'hidden', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full');
const oneself = row('unauthenticated', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full', 'full');
const notices = row('unauthenticated', 'hidden', 'hidden', 'hidden', 'hidden', 'hidden', 'hidden', 'refused', 'refused', 'refused', 'full', 'full');

/** By method and path. `about`: what is shown, for people. Messages are not listed: `messageRow`. */
export const access: { routes: string[]; about: string; own: Row }[] = [
  { routes: ['get /healthz', 'get /readyz', 'get /openapi.json'], about: 'whether it works, and this reference', own: open },
  { routes: ['post /v1/tokens'], about: 'tokens of a demonstration, for callers on its machine', own: open },
  { routes: ['get /v1/me'], about: "who the endpoint takes you for, and where Temporal's UI is, which has a login of its own", own: oneself },
  {
    routes: ['get /v1/systems'],
    about: 'the systems of the plans that the site lets one read or apply, and what their servers really do',
    own: oneself,
  },
  { routes: ['get /v1/plans', 'get /v1/waves', 'get /v1/packages'], about: 'the lists', own: listOfStates },
  { routes: ['get /v1/board'], about: 'the board', own: listOfStates },
  { routes: ['get /v1/calendar'], about: 'the calendar of waves', own: listOfStates },
  {
    routes: ['get /v1/leadership'],
    about: 'the leadership report: totals of all plans that one sees, without small numbers, and no person for anyone',
    own: listOfStates,
  },
  { routes: ['get /v1/board/activity'], about: 'the activity on the board', own: records },
  { routes: ['get /v1/live'], about: 'the stream of what changes: that something did, and the activity as the board shows it', own: following },
  { routes: ['get /v1/plans/:plan'], about: 'a plan', own: document },
  { routes: ['get /v1/waves/:plan/:wave'], about: 'a wave, in full what is theirs of it', own: statesOfWave },
  { routes: ['get /v1/packages/:plan/:wave/:package'], about: 'a package', own: states },
  { routes: ['get /v1/waves/:plan/:wave/events'], about: 'the record of a wave', own: recordsOfWave },
  { routes: ['get /v1/events', 'get /v1/notices'], about: 'records and notices', own: records },
  {
    routes: [
      'get /v1/packages/:plan/:wave/:package/preview',
      'get /v1/packages/:plan/:wave/:package/grants',
      'get /v1/packages/:plan/:wave/:package/rollback-preview',
      'get /v1/packages/:plan/:wave/:package/messages/:id',
    ],
    about: 'people and accounts of a package, how a message to it was decided',
    own: people,
  },
  { routes: ['get /v1/plans/:plan/messages/:id', 'get /v1/waves/:plan/:wave/messages/:id'], about: 'how a message to a wave was decided', own: anywhere },
  {
    routes: ['post /v1/plans/validate'],
    about: 'validating a plan, for those whom the site lets apply it',
    own: planFiles,
  },
  {
    routes: ['post /v1/plans/simulate', 'post /v1/plans/metric-trial', 'post /v1/plans'],
    about: 'simulating a plan and trying its metrics, which runs its statements, and applying it: for those whom the site lets apply it and who operate it',
    own: planFilesOfOperators,
  },
  { routes: ['post /v1/plans/:plan/consents'], about: 'consenting to a plan that takes a say from the caller', own: consents },
  { routes: ['post /v1/notices/:id/resend'], about: 'resending a notice', own: notices },
];

/** At the door. Who of them may send it is in `sendersOf` (domain/authority/who-may.ts). */
export const messageRow: Record<'wave' | 'package', Row> = { wave: anywhere, package: people };

export const isMessage = (route: string): boolean => route.startsWith('post /v1/waves/') || route.startsWith('post /v1/packages/');

export function rowOf(route: string): Row {
  if (isMessage(route)) return messageRow[route.startsWith('post /v1/waves/') ? 'wave' : 'package'];
  const found = access.find(({ routes }) => routes.includes(route));
  if (!found) throw new Error(`the table of api/access-table.ts does not have '${route}'`);
  return found.own;
}

/** Of another plan, in which they have no part and which the site does not let them read. */
export function ofAnotherPlan(own: Row, role: Role): Outcome {
  if (role === 'no token' || role === 'administrator' || own[role] === 'open') return own[role];
  return own.stranger;
}

/** The roles of this table, by the parts that may send messages. */
export const senders: Partial<Record<Role, Sender>> = { owner: 'owner', delegate: 'delegate', 'co-signer': 'alsoSigns', operator: 'operators' };
