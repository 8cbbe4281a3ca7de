/**
 * After a rollback that kept access for claims of people: what nobody claims any more is revoked, and nothing else. Each system is asked beside the main loop,
 * because one that is down for hours must not keep what an owner contests in the others.
 */
import * as wf from '@temporalio/workflow';
import { receiptLine } from '../../domain/release/receipt.ts';
import { orIncomplete, orRefusal, postRecords, systemWork } from '../shared/activities.ts';
import { isSettled, settled, settlingBegins, systemsToSettle } from './claims.ts';
import { recheckMs } from './recheck.ts';
import type { RolePackageState, RollbackRef } from './state.ts';

/** Starts what is due, and ends the package once nothing is left. */
export async function settleClaims(state: RolePackageState): Promise<void> {
  if (isSettled(state)) return state.end('Rolled back', receiptLine(state.data.receipts));
  if (systemsToSettle(state).length === 0) return;
  // A system reads the recorded claims. Whatever is accepted until it is asked is among them.
  do await postRecords(state.inbox);
  while (state.inbox.hasPost());
  const { rollback } = state.data;
  if (!rollback) throw wf.ApplicationFailure.nonRetryable(`no rollback of '${state.id}' has kept anything for a claim`);
  for (const system of systemsToSettle(state)) {
    settlingBegins(state, system);
    state.settling.set(system, settle(state, system, rollback));
  }
}

async function settle(state: RolePackageState, system: string, rollback: RollbackRef): Promise<void> {
  try {
    const work = systemWork(system, 'change', `revoking what is no longer claimed in ${system}`);
    const answer = await orRefusal(orIncomplete(work.rollBackAccess(state.release(), system, { ...rollback, settles: true })));
    settled(state, system, answer, Date.now() + recheckMs(state));
  } catch (error) {
    // The main loop is cancelled too, and says so.
    if (!wf.isCancellation(error)) throw error;
  } finally {
    state.settling.delete(system);
    state.changed = true;
  }
}

/** Before the run ends: what is being done in the systems is done, or cancelled. */
export const allAnswered = async ({ settling }: RolePackageState): Promise<void> => void (await Promise.allSettled(settling.values()));
