/**
 * Runs inside Temporal's sandbox, once, before any workflow: loads what the workflows share, so that a waiting workflow takes 70 KB and not
 * 1,350, and starts in a third of the time. Only `domain` and its libraries may be here, because none of them keeps state of
 * one workflow.
 *
 * The SDK then deep-freezes every shared module. zod and the curves break when frozen, because they fill caches at first use. The SDK skips a module
 * whose entry is already frozen, so exactly their entries are frozen here, and their exports are not.
 */
import '../domain/access/preview.ts';
import '../domain/address.ts';
import '../domain/release/marks.ts';
import '../domain/release/dependencies.ts';
import '../domain/release/receipt.ts';
import '../domain/authority/jws.ts';
import '../domain/authority/proposals.ts';
import '../domain/authority/who-may.ts';
import '../domain/blackouts.ts';
import '../domain/blockers.ts';
import '../domain/canonical.ts';
import '../domain/kept-text.ts';
import '../domain/messages.ts';
import '../domain/notices/escalation.ts';
import '../domain/notices/package-requests.ts';
import '../domain/notices/wave-requests.ts';
import '../domain/readiness.ts';
import '../domain/records.ts';
import '../domain/search-attributes.ts';
import '../domain/authority/sign-offs.ts';
import '../domain/states.ts';
import '../domain/time/duration.ts';
import '../domain/time/instant.ts';
import '../domain/time/plan-clock.ts';
import '../domain/tune/steps.ts';
import '../domain/tune/tune.ts';
import '../domain/watch/evaluation-schedule.ts';
import '../domain/watch/next-step.ts';
import '../domain/watch/verdict.ts';

/** From webpack: all modules of the bundle by id, which is the path; and, through `require.cache`, the loaded ones. */
// oxlint-disable-next-line no-underscore-dangle -- webpack's name
declare const __webpack_modules__: Record<string, unknown>;

for (const id of Object.keys(__webpack_modules__)) {
  const loaded = /^\.\/(domain|node_modules\/(zod|@noble|@scure|canonicalize))\//.test(id) ? require.cache[id] : undefined;
  if (loaded) Object.freeze(loaded);
}
