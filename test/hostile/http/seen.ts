/** What was seen behind the gate, in its order, and how the witness hears of it. */
import type { Effect, Snapshot, Witness } from '../witness.ts';

export type Seen = { effects: Effect[] } | { snapshot: Snapshot } | { note: string };

export function tellSeen(all: readonly Seen[], witness: Witness): void {
  let isFounded = false;
  for (const seen of all) {
    if ('note' in seen) witness.story.push(seen.note);
    else if ('effects' in seen) witness.did(seen.effects);
    else {
      witness.see(seen.snapshot);
      // How it was set up is in the scenario.
      if (!isFounded) witness.story.length = 0;
      isFounded = true;
    }
  }
}
