/** Who may answer a notice, so that nobody is told to send what would be refused. */
import { whoMay } from '../authority/who-may.ts';
import { planFacts, type PackageFacts, type PlanFacts } from '../board/facts.ts';
import type { MessageType } from '../messages.ts';
import type { Change, Plan } from '../plan/schema.ts';
import { delegatesFor, grantsAccess, separateDuties, type DecidingSection } from '../plan/section.ts';
import type { Action, ActionType } from './action.ts';
import type { Notice } from './request.ts';

/** What is only read has no answer. */
const answeredBy: Record<Exclude<ActionType, 'decide'>, MessageType | undefined> = {
  signOff: 'signOff',
  evidence: 'evidence',
  setDate: 'setDate',
  liftHold: 'liftHold',
  review: 'review',
  certify: 'certify',
  show: undefined,
  previewRollback: undefined,
};

/** Ids. Undefined: anyone who reads it, or it is not known because the plan no longer has this wave or package. `nowMs`: plan time. */
export type Answerers = (action: Action, nowMs: number) => string[] | undefined;

/** By the plan as it is now. */
export function whoMayAnswer({ action, openedAtMs }: Pick<Notice, 'action' | 'openedAtMs'>, plan: Plan | undefined): string[] | undefined {
  if (plan === undefined || action.type === 'decide') return answerersIn(undefined)(action, openedAtMs);
  const { package: about } = action.target as { package?: string };
  return answerersIn(planFacts({ ...plan, packages: plan.packages.filter(({ id }) => id === about) }))(action, openedAtMs);
}

/** The same for many requests of one plan, by what its outline has: no document is read. */
export function answerersIn(plan: PlanFacts | undefined): Answerers {
  const waves = new Map<string, (rolePackage: string) => DecidingSection | undefined>();
  const sectionsOf = (of: PlanFacts, id: string) => {
    const found = waves.get(id) ?? sectionsIn(of, id);
    waves.set(id, found);
    return found;
  };
  return (action, nowMs) => {
    if (action.type === 'decide') return [...new Set(action.fields.answers.flatMap(({ by }) => by))];
    const type = answeredBy[action.type];
    const { wave: waveId = '', package: packageId } = action.target as { wave?: string; package?: string };
    const wave = plan?.waves.get(waveId);
    if (type === undefined || plan === undefined || wave === undefined) return undefined;
    const section = packageId === undefined ? undefined : sectionsOf(plan, waveId)(packageId);
    if (packageId !== undefined && section === undefined) return undefined;
    const item = action.type === 'evidence' ? { item: action.fields.item } : undefined;
    const { alsoSigns, liftedBy } = wave;
    return whoMay({ section, operators: plan.operators, wave: { alsoSigns, hold: { liftedBy } } }, type, nowMs, item);
  };
}

/** Packages of a wave by id, each made when it is asked for and once. */
function sectionsIn(plan: PlanFacts, waveId: string): (rolePackage: string) => DecidingSection | undefined {
  const wave = plan.waves.get(waveId);
  const changes = new Map(wave?.packages.map(({ id, change }) => [id, change]));
  const delegates = Map.groupBy(plan.delegates, ({ of }) => of);
  const sections = new Map<string, DecidingSection>();
  return (id) => {
    const [facts, change] = [plan.packages.get(id), changes.get(id)];
    if (!facts || !change) return undefined;
    const { owner, risk, drill, rollbackApprovals } = facts;
    const made = (): DecidingSection => {
      const ofOwner = delegatesFor(delegates.get(owner) ?? [], owner, id);
      const maySign = new Set([owner, ...ofOwner.map(({ to }) => to), ...(wave?.alsoSigns ?? []), ...plan.operators]);
      return {
        package: { id, owner, risk, requires: drill === undefined ? {} : { drill: { signedBy: drill } } },
        delegates: ofOwner,
        change,
        rollbackApprovals,
        duties: { appliedBy: [], receivers: receiversAmong(maySign, plan, facts, change), site: separateDuties },
      };
    };
    const section = sections.get(id) ?? made();
    sections.set(id, section);
    return section;
  };
}

function receiversAmong(people: ReadonlySet<string>, { signers }: PlanFacts, { cohort }: PackageFacts, change: Change): string[] {
  if (!grantsAccess(change)) return [];
  return [...people].filter((person) => {
    const place = signers.get(person);
    return place !== undefined && isAmong(cohort, place);
  });
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

/** Beside each row: a plan may have thousands of delegates, and a page hundreds of rows. */
const mostAnswerers = 50;

/** Requests or notices, each with those who may answer it, where they are no more than that. */
export function withAnswerers<T extends { action: Action }>(asked: readonly T[], answerers: Answerers, nowMs: number): (T & { mayAnswer?: string[] })[] {
  return asked.map((each) => {
    const mayAnswer = answerers(each.action, nowMs);
    return mayAnswer === undefined || mayAnswer.length > mostAnswerers ? each : { ...each, mayAnswer };
  });
}
