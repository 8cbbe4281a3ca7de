/** Checks whether notices wait because a plan sends more than the site allows in an hour. Says nothing without a store: that has its own lines. */
import { instantText } from '../domain/time/instant.ts';
import { waitingNotices } from '../store/check.ts';
import { warning, type Line } from './line.ts';

export async function checkWaitingNotices(env: Record<string, string | undefined>, withinMs: number): Promise<Line[]> {
  const url = env['DATABASE_URL'];
  const waiting = url ? await waitingNotices(url, withinMs).catch(() => []) : [];
  return waiting.map(({ plan, messages, untilMs }) =>
    warning(
      'notices',
      `${messages === 1 ? 'one message' : `${messages} messages`} of plan ${plan} ${messages === 1 ? 'waits' : 'wait'}, the last until ${instantText(untilMs)}: it, or all plans under its right of the site, sent as many in this hour as the site allows`,
      'nothing is lost, and rolewave notices shows them; if the plan asks that much for a reason, raise limits.noticesPerPlanAndHour or noticesPerRightAndHour in the site file: it counts for the notices that follow',
    ),
  );
}
