/**
 * Runs inside Temporal's sandbox, once, before any workflow: loads the workflows' own modules, `domain` and its libraries for all workflows together, so
 * that a waiting workflow takes 60 KB and not 1,350, and starts in a fraction of the time. None of them may keep state of one workflow in a module (a test
 * looks for it): what a workflow remembers is in its state objects.
 *
 * The SDK then deep-freezes every shared module. zod and the curves break when frozen, because they fill caches at first use. The SDK skips a module
 * whose entry is already frozen, so exactly their entries are frozen here, and their exports are not.
 */
import '../workflows/index.ts';

/** From webpack: all modules of the bundle by id, which is the path; and, through `require.cache`, the loaded ones. */
// oxlint-disable-next-line no-underscore-dangle -- webpack's name
declare const __webpack_modules__: Record<string, unknown>;

for (const id of Object.keys(__webpack_modules__)) {
  const loaded = /^\.\/(domain|node_modules\/(zod|@noble|@scure|canonicalize))\//.test(id) ? require.cache[id] : undefined;
  if (loaded) Object.freeze(loaded);
}

/**
 * For its query that shows where a workflow waits, the SDK takes the stack of every promise, which was a third of what workflows cost. Six frames (two are the
 * SDK's own) still say where a workflow waits or where an error comes from; ten, the default, cost half as much again (docs/decisions/0210).
 */
Error.stackTraceLimit = 6;
