/** The workflow that delivers one notice: its name and start options. */
import { addressText } from '../address.ts';
import { engineTaskQueue } from '../messages.ts';
import { searchAttributes } from '../search-attributes.ts';
import { requestWords, type Notice } from './request.ts';

/** Which deliveries to repeat. Undefined: those not made yet. */
export type Resend = 'failed' | 'all';

export interface NoticeInput {
  notice: string;
  again?: Resend;
}

/** Options of `client.workflow.start`. One notice is one workflow. Resending it is another one, however often it is requested. */
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
