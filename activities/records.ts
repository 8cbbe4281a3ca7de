/** Records in the store what a workflow accepted and what happened: one short transaction, idempotent by the ids inside. */
import { Context } from '@temporalio/activity';
import type { Address } from '../domain/address.ts';
import { trustedAt } from '../domain/authority/keys.ts';
import type { SealedMessage } from '../domain/messages.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { callerId } from './caller.ts';
import type { RecordActivities } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { clocksDifferMs, wrongWorkflow } from './failures.ts';
import { startingNotices } from './starting-notices.ts';
import { refusedSummary } from '../domain/temporal-ui/summaries.ts';
import { namedElsewhere, opened, openedOf, ownRecords, sealedIn, type SealedBy } from './own-records.ts';

export function records(deps: ActivityDeps): RecordActivities {
  const startNotices = startingNotices(deps);
  return {
    record: async (batch) => {
      const place = await placeOfCaller(deps);
      // Only what could not be measured is compared with the clock, and that is rare.
      const clock = batch.evaluations?.length > 0 ? (await deps.store.latestRevision(place.plan))?.clock : undefined;
      const ofBatch = openedOf(batch, trustedAt(deps.trustedKeys, nowMs(deps)));
      const recorded = await alreadyRecorded(deps, place, namedElsewhere(batch, ofBatch));
      const { own, refused } = ownRecords(batch, { place, opened: ofBatch, recorded, nowMs: toPlan(nowMs(deps) + clocksDifferMs, clock) });
      for (const why of refused) Context.current().log.warn(`not recorded: ${why}`);
      await deps.store.record(own);
      // Start all of them, not only those that are new to the store: a retry after a crash between the two steps must start them too.
      await startNotices(place.plan, own.notices);
    },

    signalsRefused: async (refused) => {
      Context.current().log.warn(refusedSummary(refused));
    },
    trustedKeys: async () => deps.trustedKeys,
  };
}

/** Where a batch is not recorded at once, its messages may be before its events are. Rows are copies for searching: only what was sealed counts. */
async function alreadyRecorded({ store, trustedKeys }: ActivityDeps, { plan }: Address, named: SealedBy[]): Promise<SealedMessage[]> {
  const rows = named.length === 0 ? [] : await store.messages({ plan, ids: [...new Set(named.map(({ id }) => id))] });
  return rows.flatMap(({ jws, acceptedAtMs }) => sealedIn(opened(jws, trustedAt(trustedKeys, acceptedAtMs))));
}

/** The wave or package whose own workflow calls. Fails without retry for a workflow under any other id. */
async function placeOfCaller({ store }: ActivityDeps): Promise<Address> {
  const id = callerId() ?? '';
  const [plan = '', wave, rolePackage, ...more] = id.split('/');
  const place: Address = { plan, ...(wave === undefined ? {} : { wave }), ...(rolePackage === undefined ? {} : { package: rolePackage }) };
  if (more.length > 0 || !(await store.isPlanned(place)))
    throw wrongWorkflow(`'${id}' is not the workflow of a plan, a wave or a package, so nothing was recorded`);
  return place;
}
