/**
 * Packages as the board is worked out from them. A test states only what matters to it; everything is about the package `closing` of small-plan.ts, whose
 * owner is ana.
 *
 *   boardEntry()                                           before its release, as ana sees it
 *   boardEntry({ planned: { releasedAtMs: 1 }, running: {} })  released, on the third day of its watch
 *   boardEntry({ as: 'vera', sees: 'counts' })             as somebody sees it who does not act for it
 */
import { packageAsRead, wavePackageAsRead, waveAsRead } from '../../domain/authority/as-read.ts';
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { BoardEntry, Measured } from '../../domain/board/entry.ts';
import type { PackageFacts, PlanFacts, WaveFacts } from '../../domain/board/facts.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { RequestView } from '../../domain/views/request.ts';
import type { WavePackageView, WaveView } from '../../domain/views/wave.ts';
import { plannedPackage, runningPackage, waveOf } from './views.ts';

export const dayMs = 86_400_000;
export const goLiveMs = Date.parse('2026-04-08T18:00:00Z');

export interface BoardInput {
  planned?: Partial<WavePackageView>;
  /** Undefined: it is not released. */
  running?: Partial<PackageView>;
  wave?: Partial<WaveView>;
  facts?: Partial<PackageFacts>;
  plan?: Partial<PlanFacts>;
  measured?: Measured;
  /** The reader; ana. */
  as?: string;
  sees?: 'full' | 'counts';
  nowMs?: number;
  silent?: boolean;
  stopped?: string;
  notStarted?: boolean;
}

export function boardEntry({
  planned,
  running,
  wave,
  facts,
  plan,
  measured,
  as = 'ana',
  sees = 'full',
  nowMs = goLiveMs - 2 * dayMs,
  silent = false,
  stopped,
  notStarted = false,
}: BoardInput = {}): BoardEntry {
  const reading = readingOf(as, sees);
  const view = plannedPackage(planned);
  const inWave = waveOf([view], wave);
  const own: PackageFacts = {
    owner: view.owner,
    team: view.team,
    risk: view.risk,
    number: 1,
    name: view.name,
    description: 'Closes the month',
    maintenanceNote: 'Nothing changes at the end of a month',
    firstCheck: 'All have posted',
    firstRollbackStep: 'Revoke what this release granted',
    people: 6,
    cohort: Uint32Array.of(0, 1, 2, 3, 4, 5),
    legacy: 2,
    rollbackApprovals: 1,
    watch: {
      length: 14 * dayMs,
      metrics: [{ metric: 'close-exceptions', tune: { above: 0.15 }, rollback: { above: 0.4 }, failuresAllowed: 0, minimum: 0, from: 0 }],
    },
    ...facts,
  };
  const of: PlanFacts = {
    plan: 'small',
    names: new Map([
      ['ana', 'Ana Silva'],
      ['eva', 'Eva Novak'],
      ['viktor', 'Viktor Hansen'],
      ['ines', 'Ines Carvalho'],
    ]),
    teams: new Map([
      ['ana', 'finance'],
      ['eva', 'finance'],
      ['viktor', 'operations'],
      ['ines', 'operations'],
    ]),
    packages: new Map([[view.package, own]]),
    signers: new Map([
      ['ana', 0],
      ['ines', 3],
    ]),
    operators: ['ines'],
    delegates: [],
    waves: new Map([['first', waveFacts()]]),
    blackouts: [],
    ...plan,
  };
  return {
    plan: of,
    facts: of.packages.get(view.package),
    wave: waveAsRead(inWave, reading, as),
    planned: wavePackageAsRead(inWave.wave, view, reading),
    running: running === undefined ? undefined : packageAsRead(runningPackage(running), reading),
    measured,
    reading,
    reader: { id: as, name: of.names.get(as) ?? as },
    nowMs,
    silent,
    stopped,
    notStarted,
  };
}

/** A wave of the plan with `closing` in it, scheduled for `goLiveMs`. */
export const waveFacts = (over: Partial<WaveFacts> = {}): WaveFacts => ({
  alsoSigns: [],
  liftedBy: [],
  windowMs: 6 * 3_600_000,
  status: 'scheduled',
  goLiveMs,
  approvals: 1,
  packages: [{ id: 'closing', change: 'release', rollbackOnly: false }],
  ...over,
});

const readingOf = (person: string, sees: 'full' | 'counts'): Reading => ({
  plan: 'small',
  sees: true,
  all: sees === 'full',
  acts: sees === 'full',
  packages: new Set(),
  waves: new Set(),
  partly: new Set(),
  parts: new Set(sees === 'full' ? (person === 'ana' ? ['owner'] : ['operator']) : ['viewer']),
  own: true,
  right: 'small',
});

/** An open request about the package, asked an hour ago. */
export const openRequest = (kind: RequestView['kind'], over: Partial<RequestView> = {}): RequestView => ({
  notice: `small/first#${kind}`,
  kind,
  package: 'closing',
  to: ['ana'],
  sinceMs: goLiveMs - 2 * dayMs - 3_600_000,
  text: `Somebody is asked for ${kind}.`,
  action: actions[kind] ?? { type: 'show', target, fields: {} },
  ...over,
});

const target = { plan: 'small', wave: 'first', package: 'closing' };
const actions: Partial<Record<RequestView['kind'], RequestView['action']>> = {
  signOff: { type: 'signOff', target, fields: { planDigest: 'a', previewDigest: 'b', supply: ['decision'] } },
  evidence: { type: 'evidence', target, fields: { item: 'handoff', supply: ['reference'] } },
  liftHold: { type: 'liftHold', target: { plan: 'small', wave: 'first' }, fields: { supply: ['reason'] } },
  date: { type: 'setDate', target, fields: { supply: ['goLiveMs'] } },
  rollback: {
    type: 'decide',
    target,
    fields: {
      proposal: 'p',
      kind: 'rollback',
      answers: [
        { answer: 'approve', by: ['olga'] },
        { answer: 'decline', by: ['olga'] },
      ],
      supply: ['answer', 'reason'],
    },
  },
  certification: { type: 'certify', target, fields: { supply: ['reason'] } },
};
