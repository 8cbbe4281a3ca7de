/** Recent release activity: the audit trail as operations reads it. Each event is part of releasing, monitoring, tuning or rolling back, and has an ops note. */
import { readinessItems } from '../plan/schema.ts';
import { itemNames } from '../readiness.ts';
import { addressOf } from '../address.ts';
import { eventText, tunedText } from '../event-text.ts';
import type { AuditEvent } from '../records.ts';
import type { ActivityAction } from '../states.ts';
import { isTheirOwn } from '../people-named.ts';
import type { Activity } from '../views/board.ts';
import { personIn, sentenceNamed, type PlanFacts } from './facts.ts';

/** By the kind of event, or by its beginning up to the dash. */
const actions: Record<string, ActivityAction> = {
  applied: 'Release',
  overruled: 'Release',
  revised: 'Release',
  previewed: 'Release',
  'preview-failed': 'Release',
  evidence: 'Release',
  approved: 'Release',
  rejected: 'Release',
  withdrawn: 'Release',
  'date-set': 'Release',
  'hold-lifted': 'Release',
  'held-back': 'Release',
  releasing: 'Release',
  released: 'Release',
  granted: 'Release',
  adopted: 'Release',
  observing: 'Monitor',
  'verdict-tune': 'Tune',
  'verdict-rollback': 'Rollback',
  tune: 'Tune',
  tuned: 'Tune',
  'deferred-by-freeze': 'Tune',
  'content-accepted': 'Tune',
  question: 'Tune',
  rollback: 'Rollback',
  'deferred-by-blackout': 'Rollback',
  aborted: 'Rollback',
  cancelled: 'Rollback',
};

export function activityAction({ kind, text }: Pick<AuditEvent, 'kind' | 'text'>): ActivityAction {
  if (kind === 'ended' && text.startsWith('Rolled back')) return 'Rollback';
  const [first = ''] = kind.split('-');
  return actions[kind] ?? actions[first] ?? 'Monitor';
}

/** `wanted` undefined: of any. */
export const isOfAction = (event: Pick<AuditEvent, 'kind' | 'text'>, wanted: readonly ActivityAction[] | undefined): boolean =>
  wanted === undefined || wanted.includes(activityAction(event));

/** As one person reads it who may read the event in full. */
export function activityOf(event: AuditEvent, plan: PlanFacts | undefined): Activity {
  const facts = event.package === undefined ? undefined : plan?.packages.get(event.package);
  const action = activityAction(event);
  const note = noteOf(event, action, facts);
  return {
    id: event.id,
    ...addressOf(event),
    ...(facts ? { name: facts.name } : {}),
    atMs: event.atMs,
    action,
    ...(event.actor === 'rolewave' ? {} : { by: plan ? personIn(plan, event.actor) : { id: event.actor, name: event.actor } }),
    text: plan && !isTheirOwn(event.kind) ? sentenceNamed(plan, textOf(event)) : textOf(event),
    ...(note === undefined ? {} : { note }),
  };
}

/** The text of an event goes on from its kind: 'released' to 5 people. On the board it stands alone. */
function textOf(event: AuditEvent): string {
  const { kind, text, data } = event;
  const item = readinessItems.find((each) => kind === `evidence-${each}`);
  if (item !== undefined) return `${data?.['waived'] === true ? 'waived the' : 'evidence for the'} ${itemNames[item]}: ${text}`;
  if (kind === 'released') return `release started ${text.replace(/^to /, 'for ')}`;
  const begins = beginnings[kind];
  if (begins !== undefined) return `${begins}${kind === 'tuned' ? tunedText(text) : text}`;
  return isSentence(kind) ? text : eventText(event);
}
/** Their text says it without the verb. */
const isSentence = (kind: string): boolean => ['approved', 'date-set', 'granted', 'ended', 'closed'].includes(kind);
const beginnings: Record<string, string> = {
  releasing: 'grants begin: ',
  previewed: 'preview: ',
  'preview-failed': 'preview failed: ',
  'held-back': 'held back: ',
  paused: 'watch paused: ',
  'rollback-asked': 'asked for a rollback: ',
  'rollback-proposed': 'rollback proposed: ',
  'tune-proposed': 'tune proposed: ',
  'question-proposed': 'question: ',
  'tune-asked': 'asked for a tune: ',
  tuned: 'tuned: ',
  'rollback-approve': 'approved the rollback: ',
  'rollback-decline': 'declined the rollback: ',
  'rollback-freeze': 'froze it instead of a rollback: ',
  'tune-approve': 'approved the tune: ',
  'tune-decline': 'declined the tune: ',
  'verdict-healthy': 'healthy: ',
  'verdict-learning': 'too early to tell: ',
  'verdict-noData': 'no data: ',
  'verdict-tune': 'needs tuning: ',
  'verdict-rollback': 'calls for a rollback: ',
  'verdict-error': 'metrics failed: ',
  stable: 'stable: ',
  aborted: 'aborted: ',
  note: 'note: ',
  'hold-lifted': 'approved lifting the hold, ',
};

type Facts = ReturnType<PlanFacts['packages']['get']>;

/** What operations does with it: by the plan of the package, which its owner signed. */
function noteOf({ kind, text }: AuditEvent, action: ActivityAction, facts: Facts): string | undefined {
  if (kind === 'note') return undefined;
  if (!facts) return undefined;
  switch (action) {
    case 'Release':
      return kind === 'released' || kind === 'granted' ? `verify: ${facts.firstCheck}` : facts.maintenanceNote;
    case 'Monitor':
      return kind === 'ended' && text.startsWith('Retired') ? undefined : facts.maintenanceNote;
    case 'Tune':
      return facts.maintenanceNote;
    case 'Rollback':
      return `first step: ${facts.firstRollbackStep}`;
  }
}
