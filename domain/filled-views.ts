/**
 * Overviews in the form of whole views, for tables and sentences that show both: what the reader may not read is empty, and texts say in general what the
 * whole view says in particular.
 */
import { blockerSubject } from './blockers.ts';
import { receiptLine, type Receipt } from './release/receipt.ts';
import type { Blocker, HeldBack } from './views/blocker.ts';
import type { ChecklistLine } from './views/checklist.ts';
import type { FullWave, ShownFullWave } from './views/lists.ts';
import { isOverview } from './is-overview.ts';
import type { PackageOverview, ShownPackage, ShownWave, WavePackageOverview } from './views/overview.ts';
import type { PackageView } from './views/package.ts';
import type { WavePackageView, WaveView } from './views/wave.ts';

export const notShown = '(not shown)';

/** What an overview says of each item: its result, without its evidence. */
const resultWords: Record<string, string> = {
  inPlan: 'in the plan',
  recorded: 'recorded',
  waived: 'waived',
  measured: 'read',
  missing: 'no evidence yet',
  expired: 'expired',
  tooLong: 'took too long',
  notMeasured: 'not read yet',
  unreadable: 'could not be read',
};

export const filledFullWave = ({ wave, packages }: ShownFullWave): FullWave => ({ wave: filledWave(wave), packages: packages.map(filledPackage) });

export function filledWave(wave: ShownWave): WaveView {
  if (!isOverview(wave)) return { ...wave, packages: wave.packages.map(filledWavePackage) };
  const { shown: _, hold, packages, ...rest } = wave;
  return {
    ...rest,
    ...(hold ? { hold: { reason: notShown, approvals: hold.approvals, liftedBy: Array.from({ length: hold.given }, () => notShown) } } : {}),
    packages: packages.map(filledWavePackage),
    notes: [],
    refusals: [],
  };
}

export function filledWavePackage(entry: WavePackageView | WavePackageOverview): WavePackageView {
  if (!isOverview(entry)) return entry;
  const { shown: _, owner = notShown, preview, checklist, signOffs: _signOffs, blockers, heldBack, ...rest } = entry;
  return {
    ...rest,
    owner,
    ...(preview ? { preview: preview.map((part) => ({ ...part, conflicts: [] })) } : {}),
    // These forms differ in fields that an overview does not have and that nothing but their `text` or `why` is read for.
    checklist: checklist.map((line) => ({ ...line, why: resultWords[line.code] ?? line.code }) as ChecklistLine),
    signOffs: [],
    blockers: blockers.map((blocker) => ({ ...blocker, text: blockerSubject(blocker as Blocker) }) as Blocker),
    ...(heldBack ? { heldBack: { ...heldBack, text: notShown } as HeldBack } : {}),
  };
}

export function filledPackage(view: ShownPackage): PackageView {
  if (!isOverview(view)) return view;
  const { shown: _, owner = notShown, watch, lastVerdict, proposal, tunes, receipts, ...rest } = view satisfies PackageOverview;
  const { paused, ...times } = watch;
  return {
    ...rest,
    owner,
    watch: { ...times, ...(paused ? { paused: notShown } : {}) },
    ...(lastVerdict ? { lastVerdict: { ...lastVerdict, why: notShown } } : {}),
    // Nobody who does not act here may answer it; that it waits for a person is theirs to know.
    ...(proposal ? { proposal: { ...proposal, id: notShown, why: notShown, answers: [] } } : {}),
    ...(rest.state === 'Rolled back' && receipts.length > 0 ? { receiptLine: receiptLine(receipts.map(countedReceipt)) } : {}),
    tunes: tunes.map((tune, index) => ({ ...tune, id: String(index + 1), why: notShown, by: notShown, result: notShown })),
    receipts: [],
    notes: [],
    refusals: [],
  };
}

const countedReceipt = ({ kept, failed, ...done }: PackageOverview['receipts'][number]): Receipt => ({
  ...done,
  kept: [],
  restoredNotes: [],
  notRestored: [],
  failed: [],
  check: '',
  counts: { kept, failed, restoredNotes: 0, notRestored: 0 },
});
