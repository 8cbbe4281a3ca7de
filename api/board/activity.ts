/** Recent release activity, page by page: the audit trail that the caller may read, by the actions of operations. */
import { activityOf, isOfAction } from '../../domain/board/activity.ts';
import { inFull, type Reading } from '../../domain/authority/who-reads.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { ActivityAction } from '../../domain/states.ts';
import type { Activity, ActivityList } from '../../domain/views/board.ts';
import type { Positioned } from '../../store/contract.ts';
import { nextAfter, pageOf } from '../lists/page.ts';
import type { Services } from '../route.ts';

export interface ActivityAsked {
  plan?: string[] | undefined;
  wave?: string[] | undefined;
  package?: string[] | undefined;
  action?: ActivityAction[] | undefined;
  text?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Which action an event belongs to is a rule and no column: so many rows are read for one page at most, which may then be short and still have a next one. */
const most = { rows: 5_000, atOnce: 250 } as const;

export async function activityPage(
  services: Services,
  asked: ActivityAsked,
  readings: ReadonlyMap<string, Reading>,
  after: number | undefined,
): Promise<ActivityList> {
  const { action, wave, package: packages, text, limit } = asked;
  const found: Positioned<AuditEvent>[] = [];
  let [position, read, isEnd] = [after, 0, false];
  while (found.length <= limit && read < most.rows) {
    const rows = await services.store.eventPage({
      plan: [...readings.keys()],
      wave,
      package: packages,
      text,
      inFull: inFull(readings.values()),
      after: position,
      limit: action === undefined ? limit + 1 - found.length : most.atOnce,
    });
    read += rows.length;
    position = rows.at(-1)?.position ?? position;
    found.push(...rows.filter((event) => isOfAction(event, action)));
    isEnd = rows.length === 0 || (action !== undefined && rows.length < most.atOnce);
    if (isEnd) break;
  }
  const list = { list: 'activity', query: { ...asked }, cursors: services.cursors };
  const { rows, next = isEnd || position === undefined ? undefined : nextAfter(list, position) } = pageOf(list, found, (row) => row.position);
  return { activity: await shown(services, rows), ...(next === undefined ? {} : { next }) };
}

async function shown({ states }: Services, events: AuditEvent[]): Promise<Activity[]> {
  const plans = new Map(await Promise.all([...new Set(events.map(({ plan }) => plan))].map(async (plan) => [plan, await states.plan(plan)] as const)));
  return events.map((event) => activityOf(event, plans.get(event.plan)?.facts));
}
