/**
 * Runs inside Temporal's sandbox, once, before any workflow: loads what the workflows share, so that a waiting workflow costs 70 KB and not
 * 1,350, and starts in a third of the time. Only `domain` and its libraries may be here, because none of them keeps anything that belongs to
 * one workflow.
 *
 * The SDK then freezes every shared module to its leaves. zod and the curves do not survive that: they fill in caches when first used. A module
 * whose entry is frozen already is passed over, so the entries of exactly these are frozen here, and what they export is left as it is.
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

/** Webpack's: all modules of the bundle by id, which is the path; and, through `require.cache`, those that are loaded. */
// oxlint-disable-next-line no-underscore-dangle -- webpack's name
declare const __webpack_modules__: Record<string, unknown>;

for (const id of Object.keys(__webpack_modules__)) {
  const loaded = /^\.\/(domain|node_modules\/(zod|@noble|@scure|canonicalize))\//.test(id) ? require.cache[id] : undefined;
  if (loaded) Object.freeze(loaded);
}
