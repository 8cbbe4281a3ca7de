/** Wires each message type as a signal and as an update of the same name, both into the one reducer. */
import * as wf from '@temporalio/workflow';
import type { MessageType, Acknowledgment } from '../../domain/messages.ts';
import type { WaveSection } from '../../domain/plan/section.ts';
import type { Inbox } from './inbox.ts';

/** The compact JWS; beside a revision, the section that it seals by digest. */
type Sealed = [jws: unknown, section?: WaveSection];

export function receiveMessages<T extends MessageType>(
  types: readonly T[],
  inbox: Inbox,
  receive: (type: T, jws: unknown, section?: WaveSection) => Acknowledgment,
): void {
  for (const type of types) {
    // A signal cannot answer: what it brought is accepted or remembered as refused, and the handler never throws.
    wf.setHandler(wf.defineSignal<Sealed>(type), (...[jws, section]: Sealed): void => void receive(type, jws, section), {
      description: `as the update '${type}', without an answer`,
    });
    wf.setHandler(wf.defineUpdate<Acknowledgment, Sealed>(type), (...[jws, section]: Sealed) => receive(type, jws, section), {
      description: `one sealed '${type}' message (compact JWS); answers whether it was accepted, or why not`,
      // What is not even a message leaves no trace in the history, so that nobody can fill it.
      validator: (...[jws]: Sealed): void => {
        const opened = inbox.open(type, jws);
        if ('refusal' in opened) throw wf.ApplicationFailure.nonRetryable(opened.refusal.message, opened.refusal.code);
      },
    });
  }
}
