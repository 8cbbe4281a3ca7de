/** Everything known about one package of one wave. */
import { z } from 'zod';
import { ledgerKinds, ledgerOutcomes } from '../release/ledger.ts';
import { evaluationView } from './evaluation.ts';
import { eventView } from './event.ts';
import { packageView } from './package.ts';
import { wavePackageView } from './wave.ts';

export const ledgerCounts = z.partialRecord(z.enum(ledgerKinds), z.partialRecord(z.enum(ledgerOutcomes), z.int()));
export type LedgerCounts = z.output<typeof ledgerCounts>;

export const packageInFull = z
  .strictObject({
    package: wavePackageView.nullable().describe('its state in the wave: checklist, sign-offs, preview'),
    running: packageView.nullable().describe('since its release; its final record when it has ended'),
    evaluations: z.array(evaluationView),
    ledger: ledgerCounts.describe('kind of entry → outcome → how many'),
    events: z.array(eventView),
  })
  .meta({ id: 'PackageInFull' });
export type PackageInFull = z.output<typeof packageInFull>;
