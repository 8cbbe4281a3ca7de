/** The workflow that delivers one notice: its name and start options. */
import { addressText } from '../address.ts';
import { noticesTaskQueue } from '../messages.ts';
import { searchAttributes } from '../search-attributes.ts';
import { priorityOf } from '../site/rights.ts';
import type { Site } from '../site/schema.ts';
import { requestWords, type Notice } from './request.ts';

/** Which deliveries to repeat. Undefined: those not made yet. */
export type Resend = 'failed' | 'all';

export interface NoticeInput {
  notice: string;
  again?: Resend;
}

/** Ids of the workflow that delivers a notice, and of the one that does so again. */
export const noticeRunIds = (notice: string): [first: string, again: string] => [`notice/${notice}`, `notice/${notice}/again`];

/** Options of `client.workflow.start`. One notice is one workflow. Resending it is another one, however often it is requested. */
export function noticeRun(site: Pick<Site, 'plans'>, notice: Notice, again?: Resend) {
  const input: NoticeInput = { notice: notice.id, ...(again === undefined ? {} : { again }) };
  const { plan, wave, package: rolePackage } = searchAttributes;
  const attributes = [[plan, notice.plan] as const, [wave, notice.wave] as const, [rolePackage, notice.package] as const];
  return {
    workflowId: noticeRunIds(notice.id)[again === undefined ? 0 : 1],
    taskQueue: noticesTaskQueue,
    priority: priorityOf(site, notice.plan),
    staticSummary: `${requestWords[notice.kind]}: ${notice.package ?? addressText(notice)}`,
    typedSearchAttributes: attributes.flatMap(([name, value]) => (value === undefined ? [] : [{ key: { name, type: 'KEYWORD' as const }, value }])),
    args: [input] as [NoticeInput],
  };
}
