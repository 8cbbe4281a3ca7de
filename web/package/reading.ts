/** What the pages of one package read of it: the view, in full or in short, and the person who reads. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { PackageInFullOverview } from '../../domain/views/overview.ts';
import type { PackageInFull } from '../../domain/views/package-in-full.ts';
import type { MeView } from '../../domain/views/service.ts';
import type { Changed } from '../data/live.ts';
import { useRead, type Reading } from '../data/use-read.ts';

export interface Place {
  plan: string;
  wave: string;
  package: string;
}

/** Everything that the parts of the page share; `view` is in full. */
export interface PackageContext {
  place: Place;
  view: PackageInFull;
  me: MeView | undefined;
  /** Plan time, moving. */
  nowMs: number;
  nameOf: (id: string) => string;
  /** A sentence of a workflow, which has ids, with names. */
  said: (text: string) => string;
  /** Opens the dialog of one action. */
  act: (action: OpenAction) => void;
}

export const apiPath = ({ plan, wave, package: id }: Place): string => `/v1/packages/${[plan, wave, id].map(encodeURIComponent).join('/')}`;

/** Whether a change concerns the package: it, its wave as a whole, or its plan as a whole. */
export const concerns =
  ({ plan, wave, package: id }: Place) =>
  (change: Changed): boolean =>
    change === 'everything' ||
    (change.plan === plan && (change.wave === undefined || change.wave === wave) && (change.package === undefined || change.package === id));

export const usePackage = (place: Place): Reading<PackageInFull | PackageInFullOverview> =>
  useRead<PackageInFull | PackageInFullOverview>(apiPath(place), concerns(place));

const realDayMs = 86_400_000;

/** The time of the plan: what the endpoint said, and what has passed since. */
export function usePlanNow(clock: { nowMs: number; dayMs: number } | undefined): number {
  const heardMs = useMemo(() => Date.now(), [clock]);
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return clock === undefined ? nowMs : clock.nowMs + ((Math.max(nowMs, heardMs) - heardMs) * realDayMs) / clock.dayMs;
}

/** Of several answers: the first that has a name for the id, or else the id. */
export const nameIn =
  (...known: (Readonly<Record<string, string>> | undefined)[]) =>
  (id: string): string =>
    known.find((names) => names !== undefined && Object.hasOwn(names, id))?.[id] ?? id;
