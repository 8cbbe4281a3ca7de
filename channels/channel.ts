/**
 * One way by which notices reach people. A channel makes its own words from the notice, and sends them; when to try again is for the workflow that
 * delivers the notice.
 */
import type { Notice } from '../domain/notices/request.ts';
import type { Person, Plan } from '../domain/plan/schema.ts';

/** Who a notice is for, as the plan has them; without a name when the plan has them no more. */
export type NoticeRecipient = Pick<Person, 'id'> & Partial<Pick<Person, 'name' | 'email'>>;

/** Of the plan, what names people. */
export type KnownPlan = Pick<Plan, 'people' | 'packages'>;

/** Where the link of a notice goes: to its workflow in Temporal's UI, else to the API. No trailing slashes. */
export interface NoticeLinks {
  api?: string;
  temporalUi?: { url: string; namespace: string };
}

export interface NoticeMessage {
  notice: Notice;
  /** The latest revision, for names; without it people read ids. */
  plan?: KnownPlan;
  links?: NoticeLinks;
  /** Everybody whom the notice is for. */
  notified: NoticeRecipient[];
  /** Whom this message goes to; absent where the channel has no recipients of its own. */
  recipient?: NoticeRecipient;
}

export interface Channel {
  /** Stands in the store beside each delivery. */
  name: string;
  /** Person ids, each to be sent a message of their own; [''] where one message is for all. */
  recipients(notice: Notice): string[];
  /**
   * Resolves when the other side has taken it, within half a minute. Rejects with Undeliverable or TryAgain; anything else is tried again as well.
   * Sent twice, whoever receives it can tell by the notice's id.
   */
  send(message: NoticeMessage): Promise<void>;
}

/** It will never work like this: somebody has to fix something, and send it again. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

/** It may work later. `afterMs`: not before, where the other side said so. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly afterMs: number | undefined;

  constructor(message: string, { afterMs, cause }: { afterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.afterMs = afterMs;
  }
}
