/** Who may answer a notice, so that nobody is told to send what would be refused. */
import { whoMay } from '../authority/who-may.ts';
import type { MessageType } from '../messages.ts';
import type { Plan } from '../plan/schema.ts';
import { undigestedSection } from '../plan/section.ts';
import type { ActionType } from './action.ts';
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
export function whoMayAnswer({ action, openedAtMs }: Pick<Notice, 'action' | 'openedAtMs'>, plan: Plan | undefined): string[] | undefined {
  if (action.type === 'decide') return [...new Set(action.fields.answers.flatMap(({ by }) => by))];
  const type = answeredBy[action.type];
  const { wave: waveId, package: packageId } = action.target as { wave?: string; package?: string };
  const wave = plan?.waves.find(({ id }) => id === waveId);
  if (type === undefined || plan === undefined || wave === undefined) return undefined;
  const section = packageId === undefined ? undefined : undigestedSection(plan, wave.id).packages.find((entry) => entry.package.id === packageId);
  if (packageId !== undefined && section === undefined) return undefined;
  const hold = wave.hold ? { liftedBy: wave.hold.liftedBy } : undefined;
  const item = action.type === 'evidence' ? { item: action.fields.item } : undefined;
  return whoMay({ section, operators: plan.operators, wave: { alsoSigns: wave.alsoSigns, hold } }, type, openedAtMs, item);
}
