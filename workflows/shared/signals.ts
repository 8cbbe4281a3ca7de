/** Signals and queries between workflows, and queries from clients. They are defined once here, so that no workflow imports another one. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ReleaseRef } from '../../activities/contract.ts';
import { messageStatusQuery, releaseQuery, stateQuery } from '../../domain/messages.ts';
import type { MessageStatus } from '../../domain/views/message-status.ts';

/** The state of a package may have changed. It is a hint that anyone can send: the wave then asks what became of it. */
export interface PackageOutcome {
  package: string;
  /** For people who read the history; a signal has no summary. The wave does not read it. */
  says?: string;
  /** Its release was refused before anything was granted. */
  refused?: true;
}
export const packageOutcome = defineSignal<[PackageOutcome]>('packageOutcome');
/** One release of a package asks another to read the state of the releases from the store. It carries no data. */
export const releasesChanged = defineSignal('releasesChanged');
/** A wave forwards an abort to its packages, still sealed. */
export const abort = defineSignal<[jws: string]>('abort');

/** The view that people see. */
export const currentState = defineQuery<unknown>(stateQuery);
/** What a package released, in the form that its activities receive. */
export const currentRelease = defineQuery<ReleaseRef>(releaseQuery);
/** How one message was decided, by its id. */
export const messageStatus = defineQuery<MessageStatus, [string]>(messageStatusQuery);
