/**
 * Complete views of waves and packages, as people see them. A test states only what matters to it. All of it is about the package `closing` of the plan
 * in small-plan.ts.
 *
 *   waveOf([plannedPackage()])                              waits for ana's sign-off
 *   waveOf([plannedPackage({ releasedAtMs: 1 })], { stage: 'watching' })
 *   runningPackage({ state: 'Needs tuning', proposal })     on the third day of its watch
 *   rollbackPreview({ revoked: [] })                        what a rollback would do
 */
import type { HeldBack } from '../../domain/views/blocker.ts';
import type { GrantList } from '../../domain/views/grants.ts';
import type { PreviewRow, PreviewView } from '../../domain/views/preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WavePackageView, WaveView } from '../../domain/views/wave.ts';

export const plannedPackage = (over: Partial<WavePackageView> = {}): WavePackageView => ({
  package: 'closing',
  name: 'Finance Month-End Operator',
  owner: 'ana',
  team: 'finance',
  risk: 'low',
  state: 'Scheduled',
  nextAction: 'Release',
  goLiveMs: Date.parse('2026-04-08T18:00:00Z'),
  planDigest: 'a'.repeat(64),
  previewDigest: 'b'.repeat(64),
  preview: [{ system: 'erp', digest: 'c'.repeat(64), people: 6, toGrant: 11, alreadyThere: 1, toRetire: 12, conflicts: ['the role fin_close does not exist'] }],
  checklist: [{ item: 'handoff', ok: false, code: 'missing', why: 'no evidence yet' }],
  signOffs: [],
  blockers: [
    { code: 'evidence', item: 'handoff', person: 'ana', text: 'handoff: no evidence yet' },
    { code: 'signOff', person: 'ana', text: 'sign-off by ana' },
  ],
  ...over,
});

/** Held back by a person, with this text. */
export const heldBackBy = (text: string): HeldBack => ({ code: 'person', by: 'eva', atMs: 1, text });

export const waveOf = (packages: WavePackageView[], over: Partial<WaveView> = {}): WaveView => ({
  kind: 'wave',
  plan: 'small',
  wave: 'first',
  revision: 1,
  stage: 'signOffs',
  goLiveMs: Date.parse('2026-04-08T18:00:00Z'),
  packages,
  notes: [],
  refusals: [],
  ...over,
});

export const runningPackage = (over: Partial<PackageView> = {}): PackageView => ({
  kind: 'package',
  plan: 'small',
  wave: 'first',
  package: 'closing',
  name: 'Finance Month-End Operator',
  owner: 'ana',
  team: 'finance',
  risk: 'low',
  revision: 1,
  state: 'Monitoring',
  nextAction: 'Monitor',
  grants: { created: 11, preexisting: 1, failed: 0, unknown: 0, legacyRetired: 12 },
  watch: {
    startMs: Date.parse('2026-04-08T18:00:00Z'),
    endMs: Date.parse('2026-04-22T18:00:00Z'),
    day: 3,
    days: 14,
    nextEvaluationMs: Date.parse('2026-04-12T18:00:00Z'),
    evaluations: 3,
  },
  lastVerdict: { kind: 'learning', why: 'close-adoption is judged only from 7 days after go-live', atMs: Date.parse('2026-04-11T18:00:00Z'), evaluation: 3 },
  tunes: [],
  receipts: [],
  notes: [],
  refusals: [],
  ...over,
});

const erp = (change: PreviewRow['change'], person: string, account: string, role: string): PreviewRow => ({ system: 'erp', change, person, account, role });

/** kim gets a role for another, ben has it already, and someone outside the package does too. */
export const preview = (over: Partial<PreviewView> = {}): PreviewView => ({
  plan: 'small',
  wave: 'first',
  package: 'closing',
  planDigest: 'a'.repeat(64),
  previewDigest: 'b'.repeat(64),
  systems: [
    {
      system: 'erp',
      digest: 'c'.repeat(64),
      people: 2,
      toGrant: 1,
      alreadyThere: 1,
      toRetire: 1,
      roles: [
        { role: 'fin_close', used: 'granted', exists: true, privileges: ['INSERT on table posting', 'SELECT on table posting'] },
        { role: 'fin_old', used: 'retired', exists: true, privileges: [] },
      ],
    },
  ],
  total: 5,
  rows: [
    { ...erp('conflict', '', '', ''), why: "account 'ana' of 'ana' does not exist in 'erp'" },
    { ...erp('has', 'ben', 'ben', 'fin_close'), grantors: ['dba_kim'] },
    erp('gets', 'kim', 'kdahl', 'fin_close'),
    { ...erp('loses', 'kim', 'kdahl', 'fin_old'), grantors: ['dba_kim'], why: 'legacy access, retired' },
    erp('other', '', 'eve', 'fin_close'),
  ],
  ...over,
});

/** kim was granted it, ben was refused. */
export const grants = (): GrantList => ({
  total: 2,
  grants: [
    {
      system: 'erp',
      kind: 'grant',
      person: 'ben',
      account: 'ben',
      role: 'fin_close',
      outcome: 'failed',
      why: 'permission denied to grant role "fin_close"',
      updatedAtMs: 1,
    },
    { system: 'erp', kind: 'grant', person: 'kim', account: 'kdahl', role: 'fin_close', outcome: 'created', grantor: 'rolewave', updatedAtMs: 1 },
  ],
});

/** Three people would lose a role, and one of them used it just now. */
export const rollbackPreview = (over: Partial<RollbackPreviewView> = {}): RollbackPreviewView => ({
  asOf: 'now',
  sinceMs: Date.now() - 3_600_000,
  counts: { revoked: 3, restored: 1, kept: 1, notRestored: 0, undecided: 0, usedBy: 1 },
  systems: [{ system: 'erp', asOf: 'now', revoked: 3, usedBy: 1, usageFrom: 'usageStatement' }],
  revoked: [
    { system: 'erp', role: 'fin_close', account: 'kdahl', person: 'kim', why: 'granted by this release', lastUsedMs: Date.now() - 4 * 60_000 - 5_000 },
    { system: 'erp', role: 'fin_close', account: 'ana', person: 'ana', why: 'granted by this release' },
    { system: 'erp', role: 'fin_close', account: 'ben', person: 'ben', why: 'granted by this release' },
  ],
  restored: [{ system: 'erp', role: 'fin_old', account: 'ben', person: 'ben', why: 'retired by this release' }],
  kept: [{ system: 'erp', role: 'fin_close', account: 'eve', person: '', why: 'granted by dba_kim' }],
  notRestored: [],
  undecided: [],
  cut: false,
  dependencies: [
    { code: 'shared', grants: 0, line: 'no other package needs these grants', clear: true },
    { code: 'runningJobs', system: 'erp', jobs: 1, line: '1 running in erp: ana has a transaction open', clear: false, clearedBy: { person: 'ana' } },
  ],
  dependencyCheck: 'as of now',
  ...over,
});
