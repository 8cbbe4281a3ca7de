/**
 * One way to deliver notices. A channel formats the notice and sends it; the workflow that delivers the notice decides when
 * to retry.
 */
import type { Notice } from '../domain/notices/request.ts';
import type { Person, Plan } from '../domain/plan/schema.ts';

/** A recipient from the plan; without a name when the plan no longer has the person. */
export type NoticeRecipient = Pick<Person, 'id'> &
  Partial<Pick<Person, 'name' | 'email'>> & {
    /** The domain of their address, to which the site lets no mail go; `email` is then absent. */
    leftOut?: string;
  };

/** The target of a notice's link: the page that answers it, else its workflow in Temporal's UI. No trailing slashes. */
export interface NoticeLinks {
  pages?: string;
  temporalUi?: { url: string; namespace: string };
}

export interface NoticeMessage {
  notice: Notice;
  /** The latest revision, for names and for who may answer; without it the text shows ids. */
  plan?: Plan;
  links?: NoticeLinks;
  /** Everyone who receives the notice. */
  notified: NoticeRecipient[];
  /** The recipient of this message; absent where the channel has one message for all. */
  recipient?: NoticeRecipient;
}

export interface Channel {
  /** The store keeps it with each delivery. */
  name: string;
  /** Ids of the people who each get their own message; [''] where one message is for all. */
  recipients(notice: Notice): string[];
  /**
   * Resolves within half a minute, when the receiver has accepted it. Rejects with Undeliverable or TryAgain; any other error is retried too.
   * A receiver can recognize a duplicate by the notice's id.
   */
  send(message: NoticeMessage): Promise<void>;
}

/** A retry cannot succeed: someone must fix something and send it again. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

/** A retry may succeed. `afterMs`: not before this, where the receiver asked for it. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly afterMs: number | undefined;

  constructor(message: string, { afterMs, cause }: { afterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.afterMs = afterMs;
  }
}
