/**
 * Readings of systems that a wave asks for, one per package at a time. They run beside the main loop, which takes those that have ended: a system may be
 * down for hours, and then only the packages that need it wait.
 */
import * as wf from '@temporalio/workflow';
import type { MeasuringActivities, RecheckRead } from '../../activities/contract.ts';
import type { IncompatibleCounts, PreviewPart } from '../../domain/access/preview.ts';
import type { PackageSection } from '../../domain/plan/section.ts';
import { isPatched } from '../patches.ts';
import { activitiesAtOnce, type Refused } from '../shared/activities.ts';

/** What was read for the preview of a package as it was in this revision. */
export interface PreviewRead {
  section: PackageSection;
  revision: number;
  read: { done: PackageRead } | Refused;
}

/** `across`: rules about incompatible entitlements in two systems, of which one part alone says nothing. */
export interface PackageRead {
  parts: PreviewPart[];
  baseline: Awaited<ReturnType<MeasuringActivities['readBaseline']>>;
  across: IncompatibleCounts[];
}

/** Systems that are read for the preview of a package and again right before its release, and whether what they have is put together. */
export const readFor = ({ systems, across }: PackageSection): { systems: string[]; across: boolean } =>
  across && isPatched('reads-beside-its-systems') ? { systems: [...systems, ...across.alsoReads], across: true } : { systems, across: false };

/** Those systems at most. */
export const systemsRead = ({ systems, across }: PackageSection): string[] => [...systems, ...(across?.alsoReads ?? [])];

/** The systems as they were right before the release, compared with what was signed in this revision. */
export interface Recheck {
  revision: number;
  digest: string;
  read: { done: RecheckRead[] } | Refused;
}

/** Until something that was read is there, a message came, or something is due. */
export type Wait = () => Promise<void>;

/**
 * Of one wave, in each system, and of metrics. What is pending is tried again and again while others of its plan come first, and costs the server and the worker
 * more than what runs: a wave of hundreds of packages has no more pending than a worker takes of one plan. What is down holds up only what needs it, so a
 * reading of several systems counts in each until that one has answered, and where a query says who is in the cohort, the source counts with the system.
 */
export const readsAtOnce = 20;

/** What a reading of this package in this system counts in. */
export const lineOf = (system: string, { asks }: PackageSection): string => (asks === undefined ? system : `${system} for people of ${asks}`);
/** Of metrics. No system has this id. */
export const metricsLine = 'of metrics';

interface Reading<T> {
  scope: wf.CancellationScope;
  /** In which it has not been answered. */
  lines: Set<string>;
  /** What it found, or what went wrong; undefined while it runs. */
  ended?: { found: T } | { error: unknown };
}

export class Reads<T> {
  private readonly readings = new Map<string, Reading<T>>();
  private readonly ended: () => void;
  /** One was not started for want of room since something ended. */
  private hasRefused = false;

  /** `ended`: called when one has. */
  constructor(ended: () => void) {
    this.ended = ended;
  }

  /** False: too many are running, and it is to be tried again when one has ended. What still runs for the package is given up, because something else is wanted. */
  start(packageId: string, lines: readonly string[], read: (answered: (line: string) => void) => Promise<T>): boolean {
    this.giveUp(packageId);
    if (this.running().length > 0 && !this.hasRoomFor(lines)) {
      this.hasRefused = true;
      return false;
    }
    const scope = new wf.CancellationScope();
    const reading: Reading<T> = { scope, lines: new Set(lines) };
    this.readings.set(packageId, reading);
    const answered = (line: string) => {
      reading.lines.delete(line);
      if (!this.hasRefused) return;
      this.hasRefused = false;
      this.ended();
    };
    void this.follow(
      reading,
      scope.run(() => read(answered)),
    );
    return true;
  }

  private async follow(reading: Reading<T>, work: Promise<T>): Promise<void> {
    try {
      reading.ended = { found: await work };
    } catch (error) {
      reading.ended = { error };
    }
    this.ended();
  }

  /** Its activities are cancelled, and what they find is ignored. */
  giveUp(packageId: string): void {
    const reading = this.readings.get(packageId);
    this.readings.delete(packageId);
    if (reading && !reading.ended) reading.scope.cancel();
  }

  /** The others are given up. */
  keepOnly(packageIds: string[]): void {
    for (const id of this.readings.keys()) if (!packageIds.includes(id)) this.giveUp(id);
  }

  has(packageId: string): boolean {
    return this.readings.has(packageId);
  }

  /** There is none: nothing runs, and nothing is to be taken. */
  get none(): boolean {
    return this.readings.size === 0;
  }

  /** Packages whose reading has not been taken. */
  untaken(): string[] {
    return [...this.readings.keys()];
  }

  /** Packages whose reading has not ended. */
  running(): string[] {
    return [...this.readings].flatMap(([id, { ended }]) => (ended ? [] : [id]));
  }

  /** What these have found, which stays to be taken. */
  found(packageIds: string[]): T[] {
    return packageIds.flatMap((id) => {
      const ended = this.readings.get(id)?.ended;
      return ended && 'found' in ended ? [ended.found] : [];
    });
  }

  /** What has ended, once. Throws what went wrong. */
  take(packageId: string): { found: T } | undefined {
    const reading = this.readings.get(packageId);
    if (!reading?.ended) return undefined;
    this.readings.delete(packageId);
    if ('error' in reading.ended) throw reading.ended.error;
    return reading.ended;
  }

  private hasRoomFor(lines: readonly string[]): boolean {
    const pending = new Map<string, number>();
    for (const reading of this.readings.values()) for (const line of reading.ended ? [] : reading.lines) pending.set(line, (pending.get(line) ?? 0) + 1);
    const all = [...pending.values()].reduce((sum, count) => sum + count, lines.length);
    return all <= activitiesAtOnce && lines.every((line) => (pending.get(line) ?? 0) < readsAtOnce);
  }
}
