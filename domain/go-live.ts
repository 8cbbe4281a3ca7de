/**
 * When a wave and its packages go live, by what people decided: one fold, used by the wave that accepts their messages and by the check before the first
 * effect of a release, which has only the signed messages. All times are plan time.
 */
import { blackoutAt, blackoutBegunBetween, type BlackoutNow } from './blackouts.ts';
import { entryOf } from './entry-of.ts';
import { isLiftOf } from './holds.ts';
import type { Message, MessageOf } from './messages.ts';
import type { BlackoutTimes, CarriedWave, PackageSection } from './plan/section.ts';

/** `despiteBlackout`: why it goes live although a blackout holds on that date. */
export interface GoLive {
  atMs: number;
  despiteBlackout?: string;
}

/** One approval to lift a hold. `pilot`: only these people, sorted. `since`: which hold (domain/holds.ts). */
export interface Lift {
  by: string;
  goLiveMs: number;
  pilot?: string[];
  since?: number;
}

/** Plain JSON. Dates that messages set; the plan's own apply where there is none. */
export interface GoLives {
  wave?: GoLive;
  lifts: Lift[];
  /** The people for whom the hold was lifted. Absent: everyone. */
  pilot?: string[];
  /** By the package's id. `none`: it was held back, or its date has passed, and it waits for another one. */
  packages: Record<string, GoLive | 'none'>;
}

export const noGoLives = (): GoLives => ({ lifts: [], packages: {} });

/** What the rules need to know about the wave. */
export interface WaveTerms extends Pick<CarriedWave, 'status' | 'window'> {
  goLive?: number | undefined;
  hold?: { approvals: number; since?: number } | undefined;
}
/** What they need to know about a package. */
export type DatedPackage = Pick<PackageSection, 'goLiveMs'> & { package: { id: string } };

/** The lifts that count: those of the hold as it is. */
export const liftsOf = ({ hold }: Pick<WaveTerms, 'hold'>, { lifts }: GoLives): Lift[] => lifts.filter((lift) => isLiftOf(lift, hold));

export const isOnHold = (wave: WaveTerms, goLives: GoLives): boolean =>
  wave.status === 'on-hold' && liftsOf(wave, goLives).length < (wave.hold?.approvals ?? 1);

/** The date on which a package goes live. Undefined: it has none. */
export function goLiveOf({ goLiveMs, package: { id } }: DatedPackage, wave: WaveTerms, goLives: GoLives): GoLive | undefined {
  const own = entryOf(goLives.packages, id);
  if (own === 'none' || isOnHold(wave, goLives)) return undefined;
  if (own ?? goLives.wave) return own ?? goLives.wave;
  const planned = wave.status === 'scheduled' ? (goLiveMs ?? wave.goLive) : undefined;
  return planned === undefined ? undefined : { atMs: planned };
}

/**
 * The blackout that keeps a package from going live: one that covers its date, unless the person who set that date gave a reason; or one that has begun
 * since, even if it has ended, because nobody had it in mind.
 */
export function blackoutOf({ atMs, despiteBlackout }: GoLive, blackouts: BlackoutTimes[], packageId: string, nowMs: number): BlackoutNow | undefined {
  const onTheDate = despiteBlackout === undefined ? blackoutAt(blackouts, packageId, atMs) : undefined;
  return onTheDate ?? blackoutBegunBetween(blackouts, packageId, atMs, nowMs);
}

/** The end of the time in which a release may begin. */
export const lateFrom = ({ atMs }: GoLive, { window }: WaveTerms): number => atMs + window;

/** `packageId` undefined: the date of the wave, which every package without a date of its own takes. */
export function withDate(goLives: GoLives, { goLiveMs, despiteBlackout }: MessageOf<'setDate'>['body'], packageId: string | undefined): GoLives {
  const date: GoLive = { atMs: goLiveMs, ...(despiteBlackout === undefined ? {} : { despiteBlackout }) };
  return packageId === undefined ? { ...goLives, wave: date } : { ...goLives, packages: { ...goLives.packages, [packageId]: date } };
}

/** It waits for another date. */
export const withoutDate = (goLives: GoLives, packageId: string): GoLives => ({ ...goLives, packages: { ...goLives.packages, [packageId]: 'none' } });

export const liftOf = ({ by, body: { goLiveMs, pilot, since } }: MessageOf<'liftHold'>): Lift => ({
  by,
  goLiveMs,
  ...(pilot ? { pilot: pilot.toSorted() } : {}),
  ...(since === undefined ? {} : { since }),
});

/** Another person's approval that this one does not agree with: a hold is lifted for one date and the same people. */
export const disagreement = (goLives: GoLives, lift: Lift, wave: WaveTerms): Lift | undefined =>
  liftsOf(wave, goLives).find(({ by, goLiveMs, pilot }) => by !== lift.by && (goLiveMs !== lift.goLiveMs || String(pilot) !== String(lift.pilot)));

/** The last approval that is needed sets the date and the people. Of a hold that was lifted before and is another now, no lift and no date is left. */
export function withLift(goLives: GoLives, lift: Lift, wave: WaveTerms): GoLives {
  const standing = liftsOf(wave, goLives);
  const lifts = [...standing.filter(({ by }) => by !== lift.by), lift];
  const packages = standing.length === goLives.lifts.length ? goLives.packages : heldBackIn(goLives.packages);
  const now = { ...goLives, lifts, packages };
  if (isOnHold(wave, now)) return now;
  const { pilot: _, ...rest } = now;
  return { ...rest, wave: { atMs: lift.goLiveMs }, ...(lift.pilot ? { pilot: lift.pilot } : {}) };
}

/**
 * What is left when a revision has written the hold: the approvals of those who may still lift it. Dates that were set after approvals of another hold go with them,
 * also where all who gave them were replaced. Before holds had numbers, those dates stayed.
 */
export function withHold(goLives: GoLives, hold: { liftedBy: readonly string[]; since?: number } | undefined): GoLives {
  const lifts = goLives.lifts.filter(({ by }) => hold?.liftedBy.includes(by));
  const isAnother = hold?.since !== undefined && goLives.lifts.some((lift) => !isLiftOf(lift, hold));
  return { ...goLives, lifts, ...(isAnother ? { packages: heldBackIn(goLives.packages) } : {}) };
}

const heldBackIn = (packages: GoLives['packages']): GoLives['packages'] => Object.fromEntries(Object.entries(packages).filter(([, date]) => date === 'none'));

/** From signed messages in the order of their acceptance, for one package. `planTime`: of an instant in real time. */
export function goLivesFrom(
  messages: Message[],
  section: DatedPackage,
  wave: WaveTerms,
  blackouts: BlackoutTimes[],
  planTime: (realMs: number) => number,
): GoLives {
  const { id } = section.package;
  return messages.reduce((before, message) => {
    if (message.package !== undefined && message.package !== id) return before;
    switch (message.type) {
      case 'setDate': {
        // A package whose date had passed by then was held back: the wave's new date is not its own.
        const passed = message.package === undefined && hasPassed(section, wave, before, blackouts, planTime(message.atMs));
        return withDate(passed ? withoutDate(before, id) : before, message.body, message.package);
      }
      case 'holdBack':
        return message.package === undefined ? before : withoutDate(before, id);
      case 'liftHold':
        return withLiftAsAccepted(before, liftOf(message), wave);
      default:
        return before;
    }
  }, noGoLives());
}

function withLiftAsAccepted(before: GoLives, lift: Lift, wave: WaveTerms): GoLives {
  if (isLiftOf(lift, wave.hold)) return isOnHold(wave, before) && !disagreement(before, lift, wave) ? withLift(before, lift, wave) : before;
  // Of another hold: it counts no longer, and neither do dates that were set after it.
  return { ...before, lifts: [...before.lifts.filter(({ by }) => by !== lift.by), lift] };
}

function hasPassed(section: DatedPackage, wave: WaveTerms, goLives: GoLives, blackouts: BlackoutTimes[], nowMs: number): boolean {
  const date = goLiveOf(section, wave, goLives);
  if (date === undefined || date.atMs > nowMs) return false;
  return nowMs >= lateFrom(date, wave) || blackoutOf(date, blackouts, section.package.id, nowMs) !== undefined;
}
