/**
 * What is shown to those who see a plan and do not act in this part of it: counts and states, and no person, account, statement, free text or error.
 * Each view lists what it shows, so that a new field stays hidden until someone decides otherwise.
 */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { previewPart } from '../access/preview.ts';
import { countsOf, receipt } from '../release/receipt.ts';
import { verdictKinds } from '../watch/measurement.ts';
import { evaluationView, type EvaluationView } from './evaluation.ts';
import { packageInFull, planNow } from './package-in-full.ts';
import { packageView, type PackageView } from './package.ts';
import { proposalView } from './proposal.ts';
import { revisionView } from './revision.ts';
import { wavePackageView, waveView, type WavePackageView } from './wave.ts';

const shown = z.literal('overview').describe('counts and states: people, accounts, texts and errors are for those who act here');
const overview = { shown: 'overview' } as const;
/** Who decides is for those who act somewhere in the plan. */
const owner = z.string().exactOptional().describe('absent: the reader does not act in this plan');

const inWave = wavePackageView.pick({
  package: true,
  name: true,
  team: true,
  risk: true,
  state: true,
  nextAction: true,
  goLiveMs: true,
  planDigest: true,
  previewDigest: true,
  change: true,
  releasedAtMs: true,
});
export const wavePackageOverview = inWave
  .extend({
    shown,
    owner,
    preview: z.array(previewPart.omit({ conflicts: true })).exactOptional(),
    checklist: z.array(z.strictObject({ item: z.string(), ok: z.boolean(), code: z.string() })),
    signOffs: z.strictObject({ approved: z.int(), rejected: z.int() }).describe('how many that count'),
    blockers: z.array(z.strictObject({ code: z.string(), item: z.string().exactOptional() })),
    heldBack: z.strictObject({ code: z.string(), atMs: z.number() }).exactOptional(),
  })
  .meta({ id: 'WavePackageOverview' });
export type WavePackageOverview = z.output<typeof wavePackageOverview>;

export const waveOverview = waveView
  .pick({ kind: true, plan: true, wave: true, revision: true, stage: true, goLiveMs: true, clock: true })
  .extend({
    shown,
    hold: z.strictObject({ approvals: z.int(), given: z.int() }).exactOptional().describe('approvals needed to lift it, and how many were given'),
    packages: z.array(wavePackageOverview),
  })
  .meta({ id: 'WaveOverview' });
export type WaveOverview = z.output<typeof waveOverview>;

/** In full for those who act in the wave; each of its packages for those who act for it. */
const shownInWave = z.union([wavePackageView, wavePackageOverview]);
const waveInPart = waveView.extend({ packages: z.array(shownInWave), names: personNames.exactOptional() }).meta({ id: 'WaveInPart' });
export type WaveInPart = z.output<typeof waveInPart>;
export const shownWave = z.union([waveInPart, waveOverview]);
export type ShownWave = z.output<typeof shownWave>;

const verdictShown = z.strictObject({ kind: z.enum(verdictKinds), atMs: z.number(), evaluation: z.int() });
export const packageOverview = packageView
  .pick({
    kind: true,
    plan: true,
    wave: true,
    package: true,
    name: true,
    team: true,
    risk: true,
    revision: true,
    state: true,
    nextAction: true,
    grants: true,
    change: true,
    supersededBy: true,
    certifiedMs: true,
    clock: true,
  })
  .extend({
    shown,
    owner,
    watch: packageView.shape.watch.omit({ paused: true }).extend({ paused: z.boolean() }),
    lastVerdict: verdictShown.exactOptional(),
    proposal: proposalView.pick({ kind: true, proposedAtMs: true, frozen: true }).exactOptional(),
    tunes: z.array(packageView.shape.tunes.element.pick({ step: true, atMs: true })),
    receipts: z.array(receipt.pick({ system: true, granted: true, revoked: true, restored: true }).extend({ kept: z.int(), failed: z.int() })),
  })
  .meta({ id: 'PackageOverview' });
export type PackageOverview = z.output<typeof packageOverview>;
export const shownPackage = z.union([packageView, packageOverview]);
export type ShownPackage = z.output<typeof shownPackage>;

export const evaluationOverview = evaluationView
  .pick({ plan: true, wave: true, package: true, number: true, purpose: true, dueMs: true, evaluatedAtMs: true, drift: true, rules: true })
  .extend({
    shown,
    verdict: z.strictObject({ kind: z.enum(verdictKinds), metrics: z.array(z.strictObject({ metric: z.string(), verdict: z.enum(verdictKinds) })) }),
  })
  .meta({ id: 'EvaluationOverview' });
export type EvaluationOverview = z.output<typeof evaluationOverview>;

export const packageInFullOverview = packageInFull
  .pick({ ledger: true, numbers: true })
  .extend({
    shown,
    clock: planNow,
    package: wavePackageOverview.nullable(),
    running: packageOverview.nullable(),
    evaluations: z.array(evaluationOverview),
  })
  .meta({ id: 'PackageInFullOverview' });
export type PackageInFullOverview = z.output<typeof packageInFullOverview>;

/** A revision as those see it who do not act for all of it. `document`: only the packages for which they act, with what belongs to them. */
export const revisionPart = revisionView
  .extend({ shown: z.literal('part').describe('only the packages for which the reader acts') })
  .omit({ digest: true, record: true, seal: true })
  .meta({ id: 'RevisionPart' });
export const revisionOverview = revisionView
  .pick({ plan: true, number: true, appliedAtMs: true, clock: true })
  .extend({ shown })
  .meta({ id: 'RevisionOverview' });
export const shownRevision = z.union([revisionView, revisionPart, revisionOverview]);
export type ShownRevision = z.output<typeof shownRevision>;

/** `named`: the reader may know who decides. */
export function wavePackageInShort(entry: WavePackageView, named: boolean): WavePackageOverview {
  const { checklist, signOffs, blockers, heldBack, preview } = entry;
  const counting = (decision: 'approve' | 'reject') => signOffs.filter((each) => each.counts && each.decision === decision).length;
  return {
    ...overview,
    ...picked(entry, Object.keys(inWave.shape) as (keyof typeof inWave.shape)[]),
    ...(named ? { owner: entry.owner } : {}),
    ...(preview ? { preview: preview.map(({ conflicts: _conflicts, ...counts }) => counts) } : {}),
    checklist: checklist.map(({ item, ok, code }) => ({ item, ok, code })),
    signOffs: { approved: counting('approve'), rejected: counting('reject') },
    blockers: blockers.map((blocker) => ({ code: blocker.code, ...(blocker.code === 'evidence' ? { item: blocker.item } : {}) })),
    ...(heldBack ? { heldBack: { code: heldBack.code, atMs: heldBack.atMs } } : {}),
  };
}

export function packageInShort(view: PackageView, named: boolean): PackageOverview {
  const { watch, lastVerdict, proposal, tunes, receipts } = view;
  const { paused, ...times } = watch;
  return {
    ...overview,
    ...picked(view, [
      'kind',
      'plan',
      'wave',
      'package',
      'name',
      'team',
      'risk',
      'revision',
      'state',
      'nextAction',
      'grants',
      'change',
      'supersededBy',
      'certifiedMs',
      'clock',
    ]),
    ...(named ? { owner: view.owner } : {}),
    watch: { ...times, paused: paused !== undefined },
    ...(lastVerdict ? { lastVerdict: picked(lastVerdict, ['kind', 'atMs', 'evaluation']) } : {}),
    ...(proposal ? { proposal: picked(proposal, ['kind', 'proposedAtMs', 'frozen']) } : {}),
    tunes: tunes.map((each) => picked(each, ['step', 'atMs'])),
    receipts: receipts.map((each) => ({
      ...picked(each, ['system', 'granted', 'revoked', 'restored']),
      ...picked(countsOf(each), ['kept', 'failed']),
    })),
  };
}

export const evaluationInShort = (view: EvaluationView): EvaluationOverview => ({
  ...overview,
  ...picked(view, ['plan', 'wave', 'package', 'number', 'purpose', 'dueMs', 'evaluatedAtMs', 'drift', 'rules']),
  verdict: { kind: view.verdict.kind, metrics: view.verdict.metrics.map(({ metric, verdict }) => ({ metric, verdict })) },
});

/** Those fields that it has. */
function picked<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(from, key)).map((key) => [key, from[key]])) as Pick<T, K>;
}
