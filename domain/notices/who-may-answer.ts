/** Who may answer a notice, so that nobody is told to send what would be refused. */
import { signerIn } from '../authority/sign-offs.ts';
import { whoMay } from '../authority/who-may.ts';
import { planFacts, type PackageFacts, type PlanFacts } from '../board/facts.ts';
import type { MessageType } from '../messages.ts';
import type { Change, Delegate, Plan } from '../plan/schema.ts';
import { grantsAccess, separateDuties, type DecidingSection } from '../plan/section.ts';
import type { Action, ActionType } from './action.ts';
import { isOpen, type Notice } from './request.ts';

/** What is only read has no answer. */
const answeredBy: Record<Exclude<ActionType, 'decide' | 'claim' | 'endClaim'>, MessageType | undefined> = {
  signOff: 'signOff',
  evidence: 'evidence',
  setDate: 'setDate',
  liftHold: 'liftHold',
  review: 'review',
  certify: 'certify',
  show: undefined,
  previewRollback: undefined,
};

/** `mayAnswer`: ids, fifty at most. Where more may, `moreMayAnswer` is there, and the reader stands among the fifty if they may. */
export interface MayAnswer {
  mayAnswer: string[];
  moreMayAnswer?: true;
}

/** Undefined: anyone who reads it, or it is not known because the plan no longer has this wave or package. */
export type Answerers = (action: Action) => MayAnswer | undefined;

/** `nowMs`: plan time. `reader`: the person for whom it is worked out. */
interface Asker {
  nowMs: number;
  reader?: string | undefined;
}

/** Beside each row: a plan may have hundreds of operators and delegates, and a page hundreds of rows. */
const mostAnswerers = 50;

/** By the plan as it is now. */
export function whoMayAnswer({ action, openedAtMs }: Pick<Notice, 'action' | 'openedAtMs'>, plan: Plan | undefined, reader?: string): MayAnswer | undefined {
  const asker = { nowMs: openedAtMs, reader };
  if (plan === undefined || action.type === 'decide') return answerersIn(undefined, asker)(action);
  const { package: about } = action.target as { package?: string };
  return answerersIn(planFacts({ ...plan, packages: plan.packages.filter(({ id }) => id === about) }), asker)(action);
}

/** The same for many requests of one plan, by what its outline has: no document is read, and what is asked again is worked out once. */
export function answerersIn(plan: PlanFacts | undefined, asker: Asker): Answerers {
  const sectionOf = plan && sectionsIn(plan, asker);
  const known = new Map<string, MayAnswer | undefined>();
  return (action) => {
    if (action.type === 'claim' || action.type === 'endClaim') return few(new Set(action.fields.by), asker.reader);
    if ((action.type === 'signOff' || action.type === 'liftHold') && action.fields.by !== undefined) return few(new Set(action.fields.by), asker.reader);
    if (action.type === 'decide') return few(new Set(action.fields.answers.flatMap(({ by }) => by)), asker.reader);
    const type = answeredBy[action.type];
    const { wave: waveId = '', package: packageId } = action.target as { wave?: string; package?: string };
    const wave = plan?.waves.get(waveId);
    if (type === undefined || plan === undefined || wave === undefined) return undefined;
    const item = action.type === 'evidence' ? action.fields.item : undefined;
    const signer = action.type === 'signOff' ? action.fields.signer : undefined;
    const key = JSON.stringify([type, waveId, packageId, item, signer]);
    if (known.has(key)) return known.get(key);
    const section = packageId === undefined ? undefined : sectionOf?.(waveId, packageId);
    const { alsoSigns, liftedBy } = wave;
    const who = { section, operators: plan.operators, wave: { alsoSigns, hold: { liftedBy } } };
    const all = packageId !== undefined && section === undefined ? undefined : whoMay(who, type, asker.nowMs, { item });
    const answering =
      signer === undefined || section === undefined ? all : all?.filter((person) => isSignOffOf(signer, signerIn(section, alsoSigns, person, asker.nowMs)));
    const may = answering && few(new Set(answering), asker.reader);
    known.set(key, may);
    return may;
  };
}

/** Others may sign the package too, and it does not answer what this one is asked. */
const isSignOffOf = (signer: string, { as, alsoFor }: ReturnType<typeof signerIn>): boolean => as === signer || alsoFor === signer;

function few(may: ReadonlySet<string>, reader: string | undefined): MayAnswer {
  if (may.size <= mostAnswerers) return { mayAnswer: [...may] };
  const first = reader !== undefined && may.has(reader) ? [reader] : [];
  return { mayAnswer: [...new Set([...first, ...may])].slice(0, mostAnswerers), moreMayAnswer: true };
}

/** Packages of waves, each made when it is asked for and once. */
function sectionsIn(plan: PlanFacts, { nowMs, reader }: Asker): (wave: string, rolePackage: string) => DecidingSection | undefined {
  const standing = Map.groupBy(
    plan.delegates.filter(({ until }) => nowMs < until),
    ({ of }) => of,
  );
  const ofReader = new Set(plan.delegates.filter(({ to }) => to === reader));
  const changesIn = keptBy((wave: string) => new Map(plan.waves.get(wave)?.packages.map(({ id, change }) => [id, change])));
  const made = (waveId: string, id: string): DecidingSection | undefined => {
    const [facts, change] = [plan.packages.get(id), changesIn(waveId).get(id)];
    if (!facts || !change) return undefined;
    const { owner, risk, drill, rollbackApprovals } = facts;
    const { alsoSigns = [] } = plan.waves.get(waveId) ?? {};
    const receives = receiversOf(plan, facts, change);
    const delegates = fewDelegates(standing.get(owner) ?? [], id, {
      isReaders: (each) => ofReader.has(each),
      isIndependent: (person) => !receives(person),
    });
    const maySign = new Set([owner, ...delegates.map(({ to }) => to), ...alsoSigns, ...plan.operators]);
    return {
      package: { id, owner, risk, requires: drill === undefined ? {} : { drill: { signedBy: drill } } },
      delegates,
      change,
      rollbackApprovals,
      duties: { appliedBy: [], receivers: [...maySign].filter(receives), site: separateDuties },
    };
  };
  const sections = new Map<string, DecidingSection | undefined>();
  return (wave, rolePackage) => {
    const key = JSON.stringify([wave, rolePackage]);
    if (!sections.has(key)) sections.set(key, made(wave, rolePackage));
    return sections.get(key);
  };
}

/**
 * Of the delegates of an owner, as many as are needed to tell who may: more than are named, the reader, and one who does not receive the access, because operators
 * sign only where nobody else does. Plans of before may have thousands.
 */
function fewDelegates(
  ofOwner: readonly Delegate[],
  rolePackage: string,
  { isReaders, isIndependent }: { isReaders(each: Delegate): boolean; isIndependent(person: string): boolean },
): DecidingSection['delegates'] {
  const taken = new Map<string, Delegate>();
  let hasIndependent = false;
  for (const each of ofOwner) {
    const isEnough = taken.size > mostAnswerers && hasIndependent;
    if ((isEnough && !isReaders(each)) || taken.has(each.to) || (each.packages && !each.packages.includes(rolePackage))) continue;
    const isFirst: boolean = !hasIndependent && isIndependent(each.to);
    if (taken.size <= mostAnswerers || isFirst || isReaders(each)) taken.set(each.to, each);
    hasIndependent ||= isFirst;
  }
  return [...taken.values()].map(({ of, to, until }) => ({ of, to, until }));
}

function keptBy<T>(make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const value = kept.get(key) ?? make(key);
    kept.set(key, value);
    return value;
  };
}

function receiversOf({ signers }: PlanFacts, { cohort }: PackageFacts, change: Change): (person: string) => boolean {
  if (!grantsAccess(change)) return () => false;
  return (person) => {
    const place = signers.get(person);
    return place !== undefined && isAmong(cohort, place);
  };
}

/** `places`: in ascending order. */
function isAmong(places: Uint32Array, place: number): boolean {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((places[middle] ?? Infinity) < place) from = middle + 1;
    else to = middle;
  }
  return places[from] === place;
}

/** Requests or notices, each that is open with those who may answer it. */
export function withAnswerers<T extends { action: Action; answeredAtMs?: number; withdrawn?: object }>(
  asked: readonly T[],
  answerers: Answerers,
): (T & Partial<MayAnswer>)[] {
  return asked.map((each) => (isOpen(each) ? { ...each, ...answerers(each.action) } : each));
}
