/** What a rollback would do: who loses what and used it lately, what comes back, what stays and why, and what it waits for. */
import { z } from 'zod';
import { dependencyLine } from './dependency.ts';
import { usageSources } from '../release/rollback-preview.ts';
import { realMs } from './instants.ts';

export const rollbackPreviewLine = z.strictObject({
  system: z.string(),
  role: z.string(),
  account: z.string(),
  person: z.string().describe('empty where the account belongs to nobody of this release'),
  why: z.string(),
  lastUsedMs: realMs.exactOptional(),
});
export type RollbackPreviewLine = z.output<typeof rollbackPreviewLine>;

export const rollbackPreviewView = z
  .strictObject({
    asOf: z
      .enum(['now', 'ledger', 'mixed'])
      .describe('now: as the systems hold it; ledger: what this release did, the systems were not asked; mixed: `systems` says which is which'),
    sinceMs: realMs.describe('use since this instant was asked for; real time'),
    counts: z.strictObject({
      revoked: z.int(),
      restored: z.int(),
      kept: z.int(),
      undecided: z.int(),
      usedBy: z.int().exactOptional().describe('people who would lose what they used since then; absent: it cannot be seen'),
    }),
    systems: z.array(
      z.strictObject({
        system: z.string(),
        asOf: z.enum(['now', 'ledger']),
        why: z.string().exactOptional().describe('why it is not as of now'),
        revoked: z.int(),
        usedBy: z.int().exactOptional(),
        usageFrom: z.enum(usageSources).exactOptional(),
        usageNote: z.string().exactOptional(),
      }),
    ),
    revoked: z.array(rollbackPreviewLine),
    restored: z.array(rollbackPreviewLine),
    kept: z.array(rollbackPreviewLine),
    undecided: z.array(rollbackPreviewLine),
    cut: z.boolean().describe('true when the lists are shortened; the counts never are'),
    dependencies: z.array(dependencyLine),
    dependencyCheck: z.string(),
  })
  .meta({ id: 'RollbackPreview' });
export type RollbackPreviewView = z.output<typeof rollbackPreviewView>;
