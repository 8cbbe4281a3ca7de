/** What a rollback would do: who would lose what and who used it recently, what would be restored, what would stay and why, and what it would wait for. */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { dependencyLine } from './dependency.ts';
import { usageSources } from '../release/rollback-preview.ts';
import { realMs } from './instants.ts';

export const rollbackPreviewLine = z.strictObject({
  system: z.string(),
  role: z.string(),
  account: z.string(),
  person: z.string().describe('empty where the account belongs to no person of this release'),
  why: z.string(),
  lastUsedMs: realMs.exactOptional(),
});
export type RollbackPreviewLine = z.output<typeof rollbackPreviewLine>;

export const rollbackPreviewView = z
  .strictObject({
    asOf: z
      .enum(['now', 'ledger', 'mixed'])
      .describe('now: read from the systems; ledger: what this release did, without reading the systems; mixed: see `systems`'),
    sinceMs: realMs.describe('usage is counted since this instant; real time'),
    counts: z.strictObject({
      revoked: z.int(),
      restored: z.int(),
      kept: z.int(),
      notRestored: z.int().describe('retired legacy access that would not come back'),
      undecided: z.int(),
      usedBy: z.int().exactOptional().describe('people who would lose access that they used since then; absent: unknown'),
    }),
    systems: z.array(
      z.strictObject({
        system: z.string(),
        asOf: z.enum(['now', 'ledger']),
        why: z.string().exactOptional().describe('why it was not read now'),
        revoked: z.int(),
        usedBy: z.int().exactOptional(),
        usageFrom: z.enum(usageSources).exactOptional(),
        usageNote: z.string().exactOptional(),
        othersNotShown: z.string().exactOptional().describe('why others who have the roles are not among `kept`; absent: they are'),
        notTried: z
          .string()
          .exactOptional()
          .describe(
            'why it was not tried whether the system lets this be done; absent: nothing would be changed, or it was tried and undone, and what it refuses is among `undecided` and `notRestored`',
          ),
      }),
    ),
    revoked: z.array(rollbackPreviewLine),
    restored: z.array(rollbackPreviewLine),
    kept: z.array(rollbackPreviewLine).describe('access that would stay, and why'),
    notRestored: z.array(rollbackPreviewLine).describe('legacy access that this release retired and that would not come back, and why'),
    undecided: z.array(rollbackPreviewLine),
    cut: z.boolean().describe('true when the lists are shortened; the counts are always complete'),
    dependencies: z.array(dependencyLine),
    dependencyCheck: z.string(),
    names: personNames.exactOptional(),
  })
  .meta({ id: 'RollbackPreview' });
export type RollbackPreviewView = z.output<typeof rollbackPreviewView>;
