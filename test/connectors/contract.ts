/**
 * What every connector must do, against a real system: the suite that a new connector has to pass (docs/connectors.md). It asks only through the connector's
 * interface, and lets the peer's administrators do what administrators do.
 */
import { afterAll, beforeAll } from 'vitest';
import { cutsOff } from './contract/cut-off.ts';
import { grantsAndRevokes } from './contract/granting.ts';
import { knowsByIds } from './contract/identities.ts';
import { offers } from './contract/offers.ts';
import { leavesOthersGrants } from './contract/others-grants.ts';
import { readsCompletely } from './contract/reading.ts';
import { restores } from './contract/restoring.ts';
import { Subject } from './contract/subject.ts';
import { switchesAsAWhole } from './contract/switching.ts';
import { speaksForTheSystem } from './contract/system.ts';
import { tellsBeforeItActs } from './contract/written-down-first.ts';
import type { Peer, Traits } from './peer.ts';

/**
 * Declares the tests. `open`: called once, before them; `many`: holders of one role that are granted and read at once; `sequences`: of random calls by Rolewave
 * and by another administrator.
 */
export function connectorContract(open: () => Promise<Peer>, traits: Traits, { many = 300, sequences = 25 } = {}): void {
  const subject = new Subject(traits, { many, sequences });
  beforeAll(async () => subject.opened(await open()));
  afterAll(() => subject.closed());

  grantsAndRevokes(subject);
  leavesOthersGrants(subject);
  knowsByIds(subject);
  readsCompletely(subject);
  restores(subject);
  tellsBeforeItActs(subject);
  cutsOff(subject);
  speaksForTheSystem(subject);
  switchesAsAWhole(subject);
  offers(subject);
}
