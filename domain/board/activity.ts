/** Recent release activity: the audit trail as operations reads it. Each event is part of releasing, monitoring, tuning or rolling back, and has an ops note. */
import { addressOf } from '../address.ts';
import type { AuditEvent } from '../records.ts';
import type { Activity, ActivityAction } from '../views/board.ts';
import type { PlanFacts } from './facts.ts';

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

/** Kinds of events that are certainly of one of these actions, and whether events of other kinds can be: for a store that filters. */
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
    text: event.text,
    ...(note === undefined ? {} : { note }),
  };
}

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
