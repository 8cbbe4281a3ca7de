/** What the page is made of: everything that the endpoint knows of one wave, read once. Times are plan time unless a name says real. */
import type { Plan, RolePackage } from '../../domain/plan/schema.ts';
import type { PackageView, WavePackageView, WaveView } from '../../domain/views.ts';
import type { Evaluation } from '../../domain/watch/measurement.ts';
import type { ApiClient } from '../api-client.ts';
import { targetPath } from '../target.ts';
import type { WaveTarget } from '../target.ts';

/** An evaluation as it was recorded, with the lines that its drift consists of. */
export type RecordedEvaluation = Omit<Evaluation, 'fromMs'> & { driftLines: string[] };

export interface RecordedEvent {
  package?: string;
  atMs: number;
  actor: string;
  kind: string;
  text: string;
  data?: Record<string, unknown>;
}

export interface ReportedPackage {
  planned: WavePackageView;
  /** Since its release. */
  running?: PackageView;
  evaluations: RecordedEvaluation[];
  /** kind of entry → outcome → how many. */
  ledger: Record<string, Record<string, number>>;
  /** As the revision has it by which it was released; undefined where that revision is not to be had. */
  inPlan?: RolePackage;
}

export interface ReportData {
  wave: WaveView;
  packages: ReportedPackage[];
  /** The revision that the wave follows. */
  plan?: Plan;
  events: RecordedEvent[];
  /** There are older events that are left out. */
  eventsCut: boolean;
  /** Real time. */
  writtenAtMs: number;
}

interface PackageAnswer {
  running: PackageView | null;
  evaluations: RecordedEvaluation[];
  ledger: ReportedPackage['ledger'];
}

/** Throws a CommandFailure when the wave is not known or the endpoint does not answer. */
export async function readReport(client: ApiClient, target: WaveTarget, writtenAtMs: number): Promise<ReportData> {
  const wave = await client.get<WaveView>(targetPath(target));
  const revisions = new Map<number, Promise<Plan>>();
  const planOf = (revision: number): Promise<Plan> => {
    const asked = revisions.get(revision) ?? client.get<{ document: Plan }>(`/v1/plans/${target.plan}?revision=${revision}`).then(({ document }) => document);
    revisions.set(revision, asked);
    return asked;
  };
  const { events, cut } = await client.get<{ events: RecordedEvent[]; cut: boolean }>(`${targetPath(target)}/events`);
  const packages: ReportedPackage[] = [];
  for (const planned of wave.packages) {
    const { running, evaluations, ledger } = await client.get<PackageAnswer>(targetPath({ ...target, package: planned.package }));
    const document = await planOf(running?.revision ?? wave.revision);
    const inPlan = document.packages.find(({ id }) => id === planned.package);
    packages.push({ planned, evaluations, ledger, ...(running ? { running } : {}), ...(inPlan ? { inPlan } : {}) });
  }
  return { wave, packages, plan: await planOf(wave.revision), events, eventsCut: cut, writtenAtMs };
}
