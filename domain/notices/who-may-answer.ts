/** Who may answer a notice, so that nobody is told to send what would be refused. */
import { whoMay } from '../authority/who-may.ts';
import type { MessageType } from '../messages.ts';
import type { Plan } from '../plan/schema.ts';
import { undigestedSection, type PackageSection } from '../plan/section.ts';
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

/** Ids, by the plan as it is now. Undefined: anyone who reads it, or it is not known because the plan no longer has this wave or package. */
export const whoMayAnswer = ({ action, openedAtMs }: Pick<Notice, 'action' | 'openedAtMs'>, plan: Plan | undefined): string[] | undefined =>
  answerersIn(plan)(action, openedAtMs);

/** The same for many requests of one plan. `nowMs`: plan time. */
export function answerersIn(plan: Plan | undefined): (action: Action, nowMs: number) => string[] | undefined {
  const sections = new Map<string, Map<string, PackageSection>>();
  const sectionsOf = (of: Plan, wave: string) => {
    const found = sections.get(wave) ?? new Map(undigestedSection(of, wave).packages.map((entry) => [entry.package.id, entry]));
    sections.set(wave, found);
    return found;
  };
  return (action, nowMs) => {
    if (action.type === 'decide') return [...new Set(action.fields.answers.flatMap(({ by }) => by))];
    const type = answeredBy[action.type];
    const { wave: waveId, package: packageId } = action.target as { wave?: string; package?: string };
    const wave = plan?.waves.find(({ id }) => id === waveId);
    if (type === undefined || plan === undefined || wave === undefined) return undefined;
    const section = packageId === undefined ? undefined : sectionsOf(plan, wave.id).get(packageId);
    if (packageId !== undefined && section === undefined) return undefined;
    const hold = wave.hold ? { liftedBy: wave.hold.liftedBy } : undefined;
    const item = action.type === 'evidence' ? { item: action.fields.item } : undefined;
    return whoMay({ section, operators: plan.operators, wave: { alsoSigns: wave.alsoSigns, hold } }, type, nowMs, item);
  };
}

/** Requests or notices, each with those who may answer it. */
export function withAnswerers<T extends { action: Action }>(asked: readonly T[], plan: Plan | undefined, nowMs: number): (T & { mayAnswer?: string[] })[] {
  const answerers = answerersIn(plan);
  return asked.map((each) => {
    const mayAnswer = answerers(each.action, nowMs);
    return mayAnswer === undefined ? each : { ...each, mayAnswer };
  });
}
