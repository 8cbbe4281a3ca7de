/** What a revision takes from people is an event of the plan; those who did not agree are told who applied it all the same, and why. */
import { workflowTypes } from '../../../domain/messages.ts';
import { noticeRun } from '../../../domain/notices/notice-run.ts';
import type { Notice } from '../../../domain/notices/request.ts';
import type { AuditEvent } from '../../../domain/records.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import type { Revision } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';
import type { Services } from '../../route.ts';

/** Safe to repeat. A notice that cannot be sent now is in the list of notices, and may be resent. */
export async function tellOf(services: Services, revision: Revision): Promise<void> {
  const { consentedBy, administrator } = revision.record;
  if (consentedBy.length === 0 && !administrator) return;
  const notices = noticesOf(revision);
  await services.store.tell({ events: [eventOf(revision)], notices });
  const { client } = services.engine;
  await inParallel(8, notices, async (notice) => {
    await client.connection
      .withDeadline(Date.now() + services.answerWithinMs, () =>
        client.workflow.start(workflowTypes.notice, {
          ...noticeRun(services.site.now(), notice),
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      )
      .catch((error: unknown) => services.log.warn({ err: error, notice: notice.id }, 'a notice was not sent'));
  });
}

function eventOf({ plan, number, appliedBy, appliedAtMs, clock, record: { consentedBy, administrator } }: Revision): AuditEvent {
  const without = [...new Set(administrator?.without.map(({ person }) => person))];
  const text = [
    `revision ${number}`,
    ...(consentedBy.length > 0 ? [`with the consent of ${consentedBy.join(', ')}`] : []),
    ...(administrator ? [`as a site administrator${without.length > 0 ? `, without the consent of ${without.join(', ')}` : ''}: ${administrator.reason}`] : []),
  ].join(', ');
  return { id: `${plan}#applied-${number}`, plan, atMs: toPlan(appliedAtMs, clock), actor: appliedBy, kind: 'applied', text };
}

function noticesOf({ plan, number, appliedBy, appliedAtMs, clock, record: { administrator } }: Revision): Notice[] {
  if (!administrator) return [];
  const { reason, without } = administrator;
  return [...Map.groupBy(without, ({ person }) => person)].map(([person, losses], index) => ({
    id: `${plan}#overruled-${number}-${index + 1}`,
    plan,
    kind: 'overruled',
    level: 'first',
    to: [person],
    openedAtMs: toPlan(appliedAtMs, clock),
    text: `${appliedBy}, a site administrator, applied revision ${number} of plan '${plan}' without the consent of ${person}: ${losses.map(({ what }) => `${person} ${what}`).join('; ')}. The reason: ${reason}`,
    action: { type: 'show', target: { plan }, fields: {} },
  }));
}
