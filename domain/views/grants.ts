/** What one release did to each grant, as the ledger has it. */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { ledgerKinds, ledgerOutcomes } from '../release/ledger.ts';
import { realMs } from './instants.ts';

export const grantRow = z.strictObject({
  system: z.string(),
  kind: z.enum(ledgerKinds).describe('grant, or the retirement of legacy access'),
  person: z.string(),
  account: z.string(),
  role: z.string(),
  outcome: z.enum(ledgerOutcomes),
  grantor: z.string().exactOptional().describe('in whose name the grant stands in the system'),
  why: z.string().exactOptional().describe("why it failed or was kept; for a refusal, the system's own words"),
  updatedAtMs: realMs,
});
export type GrantRow = z.output<typeof grantRow>;

export const grantList = z
  .strictObject({
    total: z.int().describe('rows on all pages'),
    grants: z.array(grantRow),
    names: personNames.exactOptional(),
    next: z.string().exactOptional().describe('the cursor of the next page; absent on the last page'),
  })
  .meta({ id: 'GrantList' });
export type GrantList = z.output<typeof grantList>;
