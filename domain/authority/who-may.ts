/** Who may send which message: one table, for a package and for the wave as a whole. */
import type { MessageType, RefusalCode } from '../messages.ts';
import { isIndependent, operatorsMaySign, standingDelegates } from './separation.ts';
import type { DecidingSection } from '../plan/section.ts';

/** The input of the rules. `section` undefined: the message is about the wave as a whole. `wave` undefined: a package workflow asks. */
export interface Who {
  section: DecidingSection | undefined;
  wave: { alsoSigns: readonly string[]; hold?: { liftedBy: readonly string[] } | undefined } | undefined;
  operators: readonly string[];
}

export interface Refusal {
  code: RefusalCode;
  message: string;
}

export type Role = 'owner' | 'delegate' | 'operators' | 'alsoSigns' | 'liftedBy' | 'drillSigner' | 'anotherSigner' | 'claimants' | 'everyClaimant';

const theOwner: Role[] = ['owner', 'delegate'];
const whoRuns: Role[] = ['owner', 'delegate', 'operators'];
const whoKnows: Role[] = ['owner', 'delegate', 'operators', 'alsoSigns'];

/** `[]`: not possible for the wave as a whole; the message must name a package. */
const rights: Record<MessageType, { aPackage: Role[]; theWave: Role[] }> = {
  signOff: { aPackage: ['owner', 'delegate', 'alsoSigns', 'anotherSigner'], theWave: [] },
  evidence: { aPackage: whoKnows, theWave: [] }, // some items are narrower: evidenceRights
  note: { aPackage: whoKnows, theWave: ['operators', 'alsoSigns'] },
  holdBack: { aPackage: whoRuns, theWave: ['operators'] },
  setDate: { aPackage: whoRuns, theWave: ['operators'] },
  liftHold: { aPackage: ['liftedBy'], theWave: ['liftedBy'] },
  abort: { aPackage: whoRuns, theWave: ['operators'] },
  review: { aPackage: whoRuns, theWave: ['operators'] },
  revise: { aPackage: ['operators'], theWave: ['operators'] },
  evaluate: { aPackage: whoRuns, theWave: ['operators'] },
  extend: { aPackage: whoRuns, theWave: ['operators'] },
  pause: { aPackage: whoRuns, theWave: ['operators'] },
  resume: { aPackage: whoRuns, theWave: ['operators'] },
  tune: { aPackage: whoRuns, theWave: [] },
  rollback: { aPackage: whoRuns, theWave: [] },
  decide: { aPackage: whoRuns, theWave: [] }, // to approve is the owner's: rolesFor
  certify: { aPackage: theOwner, theWave: [] },
  acceptContent: { aPackage: theOwner, theWave: [] },
  claim: { aPackage: ['claimants'], theWave: [] },
  endClaim: { aPackage: ['everyClaimant', ...theOwner], theWave: [] }, // whose claim: access-claims.ts
};

/** Who may send it at all: about one package, or about the wave as a whole. For some bodies it is fewer. */
export const sendersOf = (type: MessageType, about: 'package' | 'wave'): readonly Role[] =>
  about === 'package' ? rights[type].aPackage : rights[type].theWave;

/** Undefined: `by` may send it now. `body`: the message's body, for evidence (`item`) and decisions (`answer`, `kind`). Never throws. */
export function mayAct(who: Who, type: MessageType, by: string, nowPlanMs: number, body?: unknown): Refusal | undefined {
  // Who administers the site is not in the plan. The endpoint knows, and seals no such message for anyone else.
  if (type === 'revise' && field(body, 'administrator') !== undefined) return undefined;
  const roles = rolesFor(who, type, body);
  if (roles.length === 0)
    return { code: 'unknown-package', message: `nobody can ${acts[type]('the whole wave')}: it is about one package, so the message must name it` };
  if (type === 'liftHold' && who.wave?.hold === undefined) return { code: 'not-on-hold', message: 'this wave is not on hold, so there is nothing to lift' };
  if (roles.some((role) => holders(role, who, nowPlanMs).includes(by))) return undefined;
  return { code: 'not-authorized', message: refusalOf(who, type, by, nowPlanMs, roles, body) };
}

/** Everyone who may send it now, each once, whatever the state of the package; `body` as for `mayAct`. */
export function whoMay(who: Who, type: MessageType, nowPlanMs: number, body?: unknown): string[] {
  return [...new Set(rolesFor(who, type, body).flatMap((role) => holders(role, who, nowPlanMs)))];
}

/** In what capacity `by` may sign for the package: as its owner, or as an explicit delegate of the owner for it whose delegation has not ended. */
export function signsFor(section: DecidingSection, by: string, nowPlanMs: number): 'owner' | 'delegate' | undefined {
  if (section.package.owner === by) return 'owner';
  return delegatesOf(section).some(({ to, until }) => to === by && nowPlanMs < until) ? 'delegate' : undefined;
}

function rolesFor(who: Who, type: MessageType, body: unknown): Role[] {
  if (!who.section) return rights[type].theWave;
  if (type === 'evidence') return evidenceRights(who.section, field(body, 'item'));
  if (type === 'decide') return openToOperators.has(field(body, 'answer')) || asksForTwo(who.section, field(body, 'kind')) ? whoRuns : theOwner;
  return rights[type].aPackage;
}

/** Answers that keep access as it is, or grant no more than what was signed. */
const openToOperators = new Set<unknown>(['freeze', 'decline', 'afterBlackout', 'finish']);

/** Where a rollback needs two people, one of them may be an operator. That the other is the owner is checked where both are known. */
const asksForTwo = (section: DecidingSection, kind: unknown) => section.rollbackApprovals === 2 && kind === 'rollback';

function evidenceRights(section: DecidingSection, item: unknown): Role[] {
  if (item === 'drill' && section.package.requires.drill) return ['drillSigner'];
  if (item === 'handoff') return theOwner;
  if (item === 'riskAcceptance') return section.package.risk === 'high' ? [...theOwner, 'alsoSigns', 'liftedBy'] : theOwner;
  return rights.evidence.aPackage;
}

/**
 * A claim is the word of a second person: not of those who decide on the rollback, who operate the release, who applied it, or who receive its access (R8),
 * even where the plan names them.
 */
function claimants(section: DecidingSection, operators: readonly string[], nowMs: number): string[] {
  const first = new Set([section.package.owner, ...standingDelegates(section, nowMs), ...operators]);
  return everyClaimant(section).filter((person) => !first.has(person) && isIndependent(section, person));
}

/** To end a claim is to give access up: anyone who made one may, also one who has become an operator since, or receives the access. */
const everyClaimant = (section: DecidingSection): readonly string[] => section.package.rollback?.claims?.by ?? [];

function holders(role: Role, { section, wave, operators }: Who, nowPlanMs: number): readonly string[] {
  switch (role) {
    case 'owner':
      return section ? [section.package.owner] : [];
    case 'delegate':
      return section ? standingDelegates(section, nowPlanMs) : [];
    case 'operators':
      return operators;
    case 'alsoSigns':
      return wave?.alsoSigns ?? [];
    case 'liftedBy':
      return wave?.hold?.liftedBy ?? [];
    case 'drillSigner':
      return section?.package.requires.drill ? [section.package.requires.drill.signedBy] : [];
    case 'anotherSigner':
      return section ? operatorsMaySign({ section, alsoSigns: wave?.alsoSigns ?? [], operators, nowMs: nowPlanMs }) : [];
    case 'claimants':
      return section ? claimants(section, operators, nowPlanMs) : [];
    case 'everyClaimant':
      return section ? everyClaimant(section) : [];
  }
}

/** Since a revision named another owner, delegates of the previous one may still be there. */
const delegatesOf = (section: DecidingSection) => section.delegates.filter(({ of }) => of === section.package.owner);

const field = (body: unknown, name: string): unknown => (typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined);

/** What the message does, about `it`: `package 'finance'`, `the whole wave`. */
const acts: Record<MessageType, (it: string) => string> = {
  signOff: (it) => `sign off ${it}`,
  evidence: (it) => `record evidence for ${it}`,
  note: (it) => `add a note to ${it}`,
  holdBack: (it) => `hold back ${it}`,
  setDate: (it) => `set a date for ${it}`,
  liftHold: (it) => `lift the hold on ${it}`,
  abort: (it) => `abort ${it}`,
  review: (it) => `write the review of ${it}`,
  revise: (it) => `apply a new revision to ${it}`,
  evaluate: (it) => `ask for an evaluation of ${it}`,
  extend: (it) => `extend the watch of ${it}`,
  pause: (it) => `pause the watch of ${it}`,
  resume: (it) => `resume the watch of ${it}`,
  tune: (it) => `tune ${it}`,
  rollback: (it) => `propose a rollback of ${it}`,
  decide: (it) => `decide on a proposal for ${it}`,
  certify: (it) => `certify ${it}`,
  acceptContent: (it) => `accept the content of a role for ${it}`,
  claim: (it) => `claim access of ${it}`,
  endClaim: (it) => `end a claim on access of ${it}`,
};

/** In the same words, of what the body names. */
function actText(type: MessageType, it: string, body: unknown): string {
  if (type === 'evidence' && field(body, 'item') === 'drill') return `record the drill of ${it}`;
  if (type !== 'decide') return acts[type](it);
  const [answer, kind] = [field(body, 'answer'), field(body, 'kind')];
  if (answer === 'approve' && (kind === 'rollback' || kind === 'tune')) return `approve the ${kind} of ${it}`;
  return acts.decide(it);
}

const titles: Record<Role, string> = {
  owner: 'owner',
  delegate: 'delegate',
  operators: 'operator',
  alsoSigns: 'co-signer of the wave',
  liftedBy: 'hold approver',
  drillSigner: 'drill signer',
  anotherSigner: 'independent signer',
  claimants: 'claimant',
  everyClaimant: 'claimant',
};

/** Names everyone who may. Tells a delegate whose delegation has ended: one whose delegation stands would not be refused as a delegate. */
function refusalOf(who: Who, type: MessageType, by: string, nowPlanMs: number, roles: Role[], body: unknown): string {
  const { section } = who;
  const allowed = roles.flatMap((role) => holders(role, who, nowPlanMs).map((person) => `${titles[role]} ${person}`));
  const ended =
    section && roles.includes('delegate')
      ? delegatesOf(section)
          .filter(({ to }) => to === by)
          .map(({ until }) => until)
      : [];
  const over = ended.length > 0 ? `: ${by}'s delegation ended on ${new Date(Math.max(...ended)).toISOString().slice(0, 10)}` : '';
  const act = actText(type, section ? `package '${section.package.id}'` : 'the whole wave', body);
  const others = allowed.length > 0 ? `The ${listed(allowed)} may` : 'Nobody may: name someone in the plan';
  return `'${by}' may not ${act}${over}. ${others}${alsoMay(who, type, by, nowPlanMs)}`;
}

/** At night an operator is told what is left to them. */
const alsoMay = (who: Who, type: MessageType, by: string, nowPlanMs: number): string =>
  type === 'decide' && whoRuns.some((role) => holders(role, who, nowPlanMs).includes(by)) ? `; '${by}' may freeze it, or keep the access as it is` : '';

const listed = (items: string[]) => [items.slice(0, -1).join(', '), items.at(-1)].filter(Boolean).join(' or ');
