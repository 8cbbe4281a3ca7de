/** Recent release activity, page by page: the audit trail that the caller may read, by the actions of operations. */
import { activityOf, isOfAction } from '../../domain/board/activity.ts';
import { inFull, type Reading } from '../../domain/authority/who-reads.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { ActivityAction } from '../../domain/states.ts';
import type { Activity, ActivityList } from '../../domain/views/board.ts';
import type { Positioned } from '../../store/contract.ts';
import { ownPartFirst, type Page, type Place } from '../lists/in-parts.ts';
import { pageOfParts } from '../lists/page.ts';
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
  after: Place | undefined,
): Promise<ActivityList> {
  const found = await ownPartFirst(readings, { after, limit: asked.limit + 1 }, (of, position, most) => rowsOf(services, asked, { of, position, most }));
  const list = { list: 'activity', query: { ...asked }, cursors: services.cursors };
  const { rows, next } = pageOfParts(list, found);
  return { activity: await shown(services, rows), ...(next === undefined ? {} : { next }) };
}

interface Part {
  of: ReadonlyMap<string, Reading>;
  position: number | undefined;
  most: number;
}

async function rowsOf(services: Services, asked: ActivityAsked, part: Part): Promise<Page<Positioned<AuditEvent>>> {
  const { action, wave, package: packages, text } = asked;
  const found: Positioned<AuditEvent>[] = [];
  let [position, read, isEnd] = [part.position, 0, false];
  while (found.length < part.most && read < most.rows) {
    const { rows, readUntil } = await services.store.eventPage({
      plan: [...part.of.keys()],
      wave,
      package: packages,
      text,
      inFull: inFull(part.of.values()),
      after: position,
      limit: action === undefined ? part.most - found.length : most.atOnce,
    });
    read += rows.length;
    position = readUntil ?? rows.at(-1)?.position ?? position;
    found.push(...rows.filter((event) => isOfAction(event, action)));
    isEnd = readUntil === undefined && (rows.length === 0 || (action !== undefined && rows.length < most.atOnce));
    if (isEnd || readUntil !== undefined) break;
  }
  const rows = found.slice(0, part.most);
  return rows.length === part.most || isEnd ? { rows } : { rows, readUntil: position };
}

async function shown({ states }: Services, events: AuditEvent[]): Promise<Activity[]> {
  const plans = new Map(await Promise.all([...new Set(events.map(({ plan }) => plan))].map(async (plan) => [plan, await states.plan(plan)] as const)));
  return events.map((event) => activityOf(event, plans.get(event.plan)?.facts));
}
