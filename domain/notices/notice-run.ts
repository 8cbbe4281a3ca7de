/** The workflow that delivers one notice: how it is called and started, for whoever starts it. */
import { addressText } from '../address.ts';
import { engineTaskQueue } from '../messages.ts';
import { searchAttributes } from '../search-attributes.ts';
import { requestWords, type Notice } from './request.ts';

/** Which deliveries are made once more; undefined: those that were not made yet. */
export type Resend = 'failed' | 'all';

export interface NoticeInput {
  notice: string;
  again?: Resend;
}

/** Options of `client.workflow.start`. One notice is one workflow; sending it again is one of its own, however often it is asked for. */
export function noticeRun(notice: Notice, again?: Resend) {
  const input: NoticeInput = { notice: notice.id, ...(again === undefined ? {} : { again }) };
  const { plan, wave, package: rolePackage } = searchAttributes;
  const attributes = [[plan, notice.plan] as const, [wave, notice.wave] as const, [rolePackage, notice.package] as const];
  return {
    workflowId: `notice/${notice.id}${again === undefined ? '' : '/again'}`,
    taskQueue: engineTaskQueue,
    staticSummary: `${requestWords[notice.kind]}: ${notice.package ?? addressText(notice)}`,
    typedSearchAttributes: attributes.flatMap(([name, value]) => (value === undefined ? [] : [{ key: { name, type: 'KEYWORD' as const }, value }])),
    args: [input] as [NoticeInput],
  };
}
