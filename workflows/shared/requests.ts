/** Requests for people: compares what is asked now with what was asked before. New notices, and answers to old ones, go to the store with the records. */
import { addressText, type Address } from '../../domain/address.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import type { PersonRequest, Notice } from '../../domain/notices/request.ts';
import { nextEscalation, settleRequests, stepsBegin, type OpenRequest } from '../../domain/notices/escalation.ts';
import { storableData } from '../../domain/plain-data.ts';
import type { NoticeTerms } from '../../domain/plan/section.ts';
import type { RequestView } from '../../domain/views/request.ts';
import { isPatched } from '../patches.ts';
import type { InboxData } from './inbox.ts';

/** Plain JSON that survives continue-as-new. */
export interface RequestsData {
  noticeNumber: number;
  open: OpenRequest[];
}
export const noRequests = (): RequestsData => ({ noticeNumber: 0, open: [] });

/** Returns the next instant at which a request is escalated. `revision`: it has just arrived, and what is no longer asked since is not answered. */
export function updateRequests(
  data: RequestsData,
  inbox: InboxData,
  address: Address,
  asks: PersonRequest[],
  terms: NoticeTerms,
  nowMs: number,
  revision?: number,
): number | undefined {
  const beginMs = isPatched('escalates-apart') ? stepsBegin(addressText(address)) : 0;
  const { open, answered, due } = settleRequests(data.open, asks, terms, nowMs, beginMs);
  data.open = open;
  const { outbox } = inbox;
  for (const { key, level, to } of due) {
    const request = open.find((one) => one.key === key);
    const ask = asks.find((one) => one.key === key);
    if (!request || !ask) continue;
    data.noticeNumber += 1;
    const { kind, package: about, text, action, byMs } = ask;
    const notice: Omit<Notice, 'id'> = storableData({
      ...address,
      ...(about === undefined ? {} : { package: about }),
      kind,
      level,
      to,
      openedAtMs: nowMs,
      ...(byMs === undefined ? {} : { byMs }),
      text,
      action,
    });
    // As for events: a retry adds nothing, and a reset run overwrites nothing.
    const id = `${addressText(address)}#notice-${data.noticeNumber}-${sha256Hex(notice).slice(0, 8)}`;
    request.notices.push(id);
    outbox.notices.push({ id, ...notice });
  }
  const gone = answered.flatMap(({ notices }) => notices);
  if (gone.length > 0) outbox.answered.push({ notices: gone, atMs: nowMs, ...(revision === undefined ? {} : { revision }) });
  return nextEscalation(open, asks, terms, beginMs);
}

/** The open requests as people see them; empty where there is none. `asks`: what is asked now. */
export function requestViews({ open }: RequestsData, asks: PersonRequest[]): { requests?: RequestView[] } {
  const known = new Map(open.map((request) => [request.key, request]));
  const requests = asks.flatMap(({ key, kind, package: about, byMs, text, action }): RequestView[] => {
    const request = known.get(key);
    if (!request) return [];
    const { notices, to, sinceMs } = request;
    return [
      {
        notice: notices.at(-1) ?? '',
        kind,
        ...(about === undefined ? {} : { package: about }),
        to,
        sinceMs,
        ...(byMs === undefined ? {} : { byMs }),
        text,
        action,
      },
    ];
  });
  return requests.length > 0 ? { requests } : {};
}
