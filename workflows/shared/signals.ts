/** What workflows say to and ask of each other, and what clients ask of them; each stands once, so that no workflow imports another's story. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ReleaseRef } from '../../activities/contract.ts';
import { messageStatusQuery, releaseQuery, stateQuery } from '../../domain/messages.ts';
import type { PackageState } from '../../domain/states.ts';
import type { MessageStatus } from '../../domain/views/message-status.ts';

/** What a package tells its wave; `id` makes it count once. */
export interface PackageOutcome {
  id: string;
  package: string;
  state: PackageState;
  line: string;
  atMs: number;
}
export const packageOutcome = defineSignal<[PackageOutcome]>('packageOutcome');
/** One release of a package has another one ask the store how the releases stand; it says nothing itself. */
export const releasesChanged = defineSignal('releasesChanged');
/** A wave passes an abort on to its packages, as it was sealed. */
export const abort = defineSignal<[jws: string]>('abort');

/** What people see: a view of the workflow's type. */
export const currentState = defineQuery<unknown>(stateQuery);
/** What a package released, as its activities are given it. */
export const currentRelease = defineQuery<ReleaseRef>(releaseQuery);
/** How one message was decided, by its id. */
export const messageStatus = defineQuery<MessageStatus, [string]>(messageStatusQuery);
