/** Everything known about one package of one wave. */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { ledgerKinds, ledgerOutcomes } from '../release/ledger.ts';
import { planMs } from './instants.ts';
import { openAction } from './open-action.ts';
import { packageDefinition } from './package-definition.ts';
import { evaluationView } from './evaluation.ts';
import { eventView } from './event.ts';
import { packageView } from './package.ts';
import { releaseNumbers } from './release-numbers.ts';
import { wavePackageView } from './wave.ts';

export const ledgerCounts = z.partialRecord(z.enum(ledgerKinds), z.partialRecord(z.enum(ledgerOutcomes), z.int()));
export type LedgerCounts = z.output<typeof ledgerCounts>;

/** `dayMs`: real milliseconds that a day of the plan takes. */
export const planNow = z.strictObject({ nowMs: planMs, dayMs: z.number() }).describe('the time of the plan when this was answered');

export const packageInFull = z
  .strictObject({
    package: wavePackageView.nullable().describe('its state in the wave: checklist, sign-offs, preview'),
    running: packageView.nullable().describe('since its release; its final record when it has ended'),
    evaluations: z.array(evaluationView),
    ledger: ledgerCounts.describe('kind of entry → outcome → how many'),
    numbers: releaseNumbers.exactOptional().describe('planned and done, side by side; absent before its release, and where its preview is not on record'),
    events: z.array(eventView),
    eventsCut: z.literal(true).exactOptional().describe('`events` has only the newest: as many as fit'),
    clock: planNow,
    definition: packageDefinition.exactOptional().describe('as the plan has it; absent: its latest revision no longer has the package in this wave'),
    actions: z.array(openAction).describe('what can be done now, and who may do it; what its state does not allow is left out'),
    names: personNames,
  })
  .meta({ id: 'PackageInFull' });
export type PackageInFull = z.output<typeof packageInFull>;
