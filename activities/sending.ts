/**
 * When a notice is sent. Plans take turns at the places of a worker, because a mail server may be slow. What a plan sends is limited by the hour; what is more
 * waits, and is not lost. Neither counts as a try.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { TryAgain, Undeliverable } from '../channels/channel.ts';
import { urgentKinds } from '../domain/notices/request.ts';
import { inTurn } from '../domain/in-turn.ts';
import { TooManyWait, turns, type TurnLimits, type Turns } from '../domain/turns.ts';
import type { NoticeView } from '../domain/views/notice.ts';
import type { Resend } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';
import type { FailureType } from './contract.ts';
import type { NoticeMessageKey, PlaceWanted } from '../store/contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { tooManyAtOnce, undeliverable } from './failures.ts';
import { shareOf } from './measuring.ts';

/**
 * Of one worker process, which has 40 places for them (worker/start.ts). Those of runs that began before 0.4.0 are on the workflows' own queue, and hold twelve
 * of its places at most.
 */
const usual: TurnLimits = {
  perPlan: 2,
  perRight: 4,
  inAll: 8,
  waiting: { perPlan: 1, perRight: 2, inAll: 4 },
  again: { afterMs: 3_000, perSecond: 10 },
};
/** All messages of one notice are given their instants under a lock of the right (store/sends.ts): one more would only hold a connection while it waits for it. */
const placing: TurnLimits = {
  perPlan: 1,
  perRight: 1,
  inAll: 4,
  waiting: { perPlan: 2, perRight: 4, inAll: 12 },
  again: { afterMs: 1_000, perSecond: 10 },
};

/** Servers can be down for a night. Escalation does not wait for that: the delegate and on-call are notified much sooner. */
const mostTries = 34;
const firstPauseMs = 5_000;
/** The longest pause before a retry, even if the receiver asks for more. */
const longestPauseMs = 3_600_000;

interface Message {
  notice: NoticeView;
  delivery: Delivery;
  /** Where it goes to one person. */
  mailbox: string | undefined;
  again: Resend | undefined;
}

export interface Sending {
  /** Runs `send` when it is its time and turn. Every other time it fails, to be tried again then: within seconds, when the hour has come, or as a failed try asks. */
  inTurn(message: Message, send: () => Promise<void>): Promise<void>;
  /** When each of these is sent, without an attempt of its own. */
  place(notice: NoticeView, messages: Pick<Message, 'delivery' | 'mailbox'>[], again: Resend | undefined): Promise<{ delivery: Delivery; afterMs: number }[]>;
}

export function sendingInTurns(deps: ActivityDeps): Sending {
  const sends = turns(usual);
  const places = turns(placing);
  const turnIn = (line: Turns, { plan }: NoticeView) =>
    line.take(shareOf(deps, plan), Context.current().cancellationSignal).catch((error: unknown) => {
      throw error instanceof TooManyWait ? tooManyAtOnce(plan, 'notices', error.againMs) : error;
    });

  return {
    place: (notice, messages, again) =>
      inTurn(turnIn(places, notice), async () => {
        const now = nowMs(deps);
        const wanted = messages.map((message) => placeOf(deps, { notice, ...message, again }, now));
        const due = await deps.store.placesToSend(wanted);
        return messages.map(({ delivery }, index) => ({ delivery, afterMs: Math.max(Math.ceil((due[index] ?? now) - now), 0) }));
      }),

    inTurn: async (about, send) => {
      const { notice, delivery } = about;
      const message = { notice: notice.id, ...delivery };
      await waitForPlace(deps, about);
      await inTurn(turnIn(sends, notice), async () => {
        const tries = await deps.store.countTry(message, runId());
        // The process died each time, before it could say why it failed.
        if (tries > mostTries) throw undeliverable(`no worker ran long enough to send it; ${triedText}`);
        await send().catch((error: unknown) => {
          throw failureOf(error, tries, { notice: notice.id, channel: delivery.channel });
        });
      });
    },
  };
}

const runId = (): string => Context.current().info.workflowExecution?.runId ?? '';

const triedText = `tried ${mostTries} times in a day`;

function placeOf(deps: ActivityDeps, { notice, delivery, mailbox, again }: Message, now: number): PlaceWanted & { message: NoticeMessageKey } {
  const { noticesPerPlanAndHour: perPlan, noticesPerRightAndHour: perRight, noticesPerMailboxAndHour: perMailbox } = deps.site().limits;
  const kind = again === 'all' ? 'again' : urgentKinds.includes(notice.kind) ? 'urgent' : 'usual';
  return {
    message: { notice: notice.id, ...delivery },
    line: `${delivery.channel} ${kind}`,
    share: shareOf(deps, notice.plan),
    ...(mailbox === undefined ? {} : { mailbox }),
    most: { perPlan, perRight, perMailbox },
    nowMs: now,
    ...(again === 'all' ? { again: runId() } : {}),
  };
}

async function waitForPlace(deps: ActivityDeps, about: Message): Promise<void> {
  const { notice, delivery } = about;
  const now = nowMs(deps);
  const { message, ...wanted } = placeOf(deps, about, now);
  const dueMs = await deps.store.placeToSend(message, wanted);
  if (dueMs <= now) return;
  throw ApplicationFailure.create({
    message: `plan '${notice.plan}', or all plans under its right of the site, have as many notices by ${delivery.channel}, or to this person, as the site allows in an hour: this one is sent at ${new Date(dueMs).toISOString()}`,
    type: 'TooManyAtOnce' satisfies FailureType,
    nonRetryable: false,
    nextRetryDelay: Math.ceil(dueMs - now),
  });
}

/** Without the cause: the full text of a server may contain an address. */
function failureOf(error: unknown, tries: number, about: { notice: string; channel: string }): unknown {
  const { message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof Undeliverable) {
    Context.current().log.warn(`not delivered by ${about.channel}: ${message}`, { notice: about.notice });
    return undeliverable(message);
  }
  if (tries >= mostTries) return undeliverable(`${message}; ${triedText}`);
  const pauseMs = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
  const afterMs = error instanceof TryAgain ? Math.min(error.afterMs ?? pauseMs, longestPauseMs) : pauseMs;
  return ApplicationFailure.create({
    message,
    type: error instanceof TryAgain ? 'TryAgain' : error instanceof Error ? error.name : 'Error',
    nextRetryDelay: afterMs,
  });
}
