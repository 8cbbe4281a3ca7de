/** The data of the page: everything that the endpoint knows about one wave, read once. Times are plan time unless marked as real. */
import type { Plan, RolePackage } from '../../domain/plan/schema.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { GrantRow } from '../../domain/views/grants.ts';
import type { PreviewRow } from '../../domain/views/preview.ts';
import type { EventView, WaveEvents } from '../../domain/views/event.ts';
import type { LedgerCounts } from '../../domain/views/package-in-full.ts';
import type { ShownRevision } from '../../domain/views/overview.ts';
import type { ReleaseNumbers, WaveNumbers } from '../../domain/views/release-numbers.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WavePackageView, WaveView } from '../../domain/views/wave.ts';
import type { ApiClient } from '../api-client.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { readGrants, readPreview } from '../people.ts';
import { readPackage, readWave } from '../read.ts';
import { targetPath, targetText } from '../target.ts';
import type { PackageTarget, WaveTarget } from '../target.ts';
import { workflowLinks } from '../temporal-ui.ts';

export interface ReportedPackage {
  planned: WavePackageView;
  /** Since its release. */
  running?: PackageView;
  evaluations: EvaluationView[];
  /** kind of entry → outcome → how many. */
  ledger: LedgerCounts;
  /** Planned and done; since its release. */
  numbers?: ReleaseNumbers;
  /** Before its release the preview, afterwards the ledger. `hidden`: not for this reader; `problem`: why it could not be read. Undefined: there is no preview yet. */
  people?: { rows: PreviewRow[] } | { grants: GrantRow[] } | { problem: string } | 'hidden';
  /** Only counts and states are shown to this reader. */
  overview?: true;
  /** From the revision that released it. Undefined where that revision is unavailable. */
  inPlan?: RolePackage;
}

export interface ReportData {
  wave: WaveView;
  packages: ReportedPackage[];
  /** The revision that the wave follows. */
  plan?: Plan;
  events: EventView[];
  /** Older events were left out. */
  eventsCut: boolean;
  /** What its releases changed together. */
  together: WaveNumbers;
  /** Of the wave as a whole, this reader sees counts and states only. */
  overview?: true;
  /** Real time. */
  writtenAtMs: number;
  /** The wave's workflow in Temporal's UI. */
  workflowLink?: string;
}

/** Throws a CommandFailure when the wave is not known or the endpoint does not answer. */
export async function readReport(client: ApiClient, target: WaveTarget, writtenAtMs: number): Promise<ReportData> {
  const { view: wave, part } = await readWave(client, target);
  const revisions = new Map<number, Promise<Plan | undefined>>();
  const planOf = (revision: number): Promise<Plan | undefined> => {
    const asked =
      revisions.get(revision) ??
      client.get<ShownRevision>(`/v1/plans/${target.plan}?revision=${revision}`).then((shown) => ('document' in shown ? shown.document : undefined));
    revisions.set(revision, asked);
    return asked;
  };
  const { events, cut, numbers: together = [] } = await client.get<WaveEvents>(`${targetPath(target)}/events?numbers=true`);
  const packages: ReportedPackage[] = [];
  for (const planned of wave.packages) {
    const shown = await readPackage(client, { ...target, package: planned.package });
    const { running, evaluations, ledger, numbers } = shown.view;
    const released = { ...(running ? { running } : {}), ...(numbers ? { numbers } : {}) };
    if (shown.part === 'overview') {
      packages.push({ planned, evaluations, ledger, people: 'hidden', overview: true, ...released });
      continue;
    }
    const document = await planOf(running?.revision ?? wave.revision);
    const inPlan = document?.packages.find(({ id }) => id === planned.package);
    const people = await peopleOf(client, { ...target, package: planned.package }, running !== null && running.change !== 'observe');
    packages.push({ planned, evaluations, ledger, ...released, ...(people ? { people } : {}), ...(inPlan ? { inPlan } : {}) });
  }
  const plan = await planOf(wave.revision);
  const workflowLink = (await workflowLinks(client))(targetText(target));
  return {
    wave,
    packages,
    ...(plan ? { plan } : {}),
    events,
    eventsCut: cut,
    together,
    writtenAtMs,
    ...(part === 'overview' ? { overview: true } : {}),
    ...(workflowLink === undefined ? {} : { workflowLink }),
  };
}

/** For those who act for the package. */
async function peopleOf(client: ApiClient, target: PackageTarget, released: boolean): Promise<ReportedPackage['people']> {
  try {
    return released ? { grants: await readGrants(client, target) } : { rows: (await readPreview(client, target)).rows };
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.refused) throw error;
    const { code } = error.details;
    if (code === 'not-previewed') return undefined;
    return code === 'not-a-reader' ? 'hidden' : { problem: error.message };
  }
}
