/**
 * Sends one message and follows it until it is decided. A dialog has one message id for as long as it is not answered: a double click and a retry are the same
 * message. Once it was refused, what is sent next is another message.
 */
import { read, send } from '../data/ask.ts';
import { failureIn, type Failure } from '../data/failure.ts';
import type { AcceptedView, MessageStatus, ReceivedView } from '../../domain/views/message-status.ts';

export type Delivery =
  | { state: 'sending' }
  /** Stored, not decided yet. */
  | { state: 'received' }
  | { state: 'accepted' }
  | { state: 'failed'; failure: Failure };

/** Visible ASCII, and not to be guessed. */
export const newMessageId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Whether the same message may be sent again under its id: nobody has refused it. */
export const isUnanswered = ({ isOpen = false }: Failure): boolean => isOpen;

/** Nobody will say any more how it was decided. */
const lost: ReadonlySet<Failure['kind']> = new Set(['signedOut', 'mayNot', 'notThere']);

const followMs = { first: 500, last: 5_000 } as const;

/** `said`: told of each step. Resolves with the last one. */
export async function deliver(path: string, body: Record<string, unknown>, id: string, said: (now: Delivery) => void, signal: AbortSignal): Promise<Delivery> {
  const tell = (now: Delivery) => {
    if (!signal.aborted) said(now);
    return now;
  };
  tell({ state: 'sending' });
  try {
    const answer = await send<AcceptedView | ReceivedView>(path, { ...body, id });
    if (answer.status === 'accepted') return tell({ state: 'accepted' });
    tell({ state: 'received' });
    return tell(await decided(answer.statusUrl, signal));
  } catch (error) {
    const failure = failureIn(error);
    return tell({
      state: 'failed',
      failure: isUnanswered(failure) ? { ...failure, whatToDo: sendAgain(failure) } : failure,
    });
  }
}

const sendAgain = ({ code, whatToDo }: Failure): string =>
  `${code === 'too-many-requests' ? `${whatToDo} Then send` : 'Send'} it again: it is the same message, and counts once.`;

/** Asks until it is decided. While nobody answers, or what is behind the endpoint does not, it goes on: the message is stored. */
async function decided(statusUrl: string, signal: AbortSignal): Promise<Delivery> {
  for (let waitMs: number = followMs.first; ; waitMs = Math.min(waitMs * 1.5, followMs.last)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (signal.aborted) return { state: 'received' };
    const status = await read<MessageStatus>(statusUrl, signal).catch((error: unknown) => {
      if (lost.has(failureIn(error).kind)) throw error;
      return undefined;
    });
    if (status?.status === 'accepted') return { state: 'accepted' };
    if (status?.status === 'refused')
      return {
        state: 'failed',
        failure: {
          kind: 'failed',
          title: 'It was refused',
          detail: status.message,
          whatToDo: 'Nothing has changed. Reload the page and decide again.',
          code: status.code,
        },
      };
  }
}
