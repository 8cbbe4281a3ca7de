/**
 * When a wave and its packages go live, by what people decided: one fold, used by the wave that accepts their messages and by the check before the first
 * effect of a release, which has only the signed messages. All times are plan time.
 */
import { blackoutAt, blackoutBegunBetween, type BlackoutNow } from './blackouts.ts';
import { entryOf } from './entry-of.ts';
import type { Message, MessageOf } from './messages.ts';
import type { BlackoutTimes, CarriedWave, PackageSection } from './plan/section.ts';

/** `despiteBlackout`: why it goes live although a blackout holds on that date. */
export interface GoLive {
  atMs: number;
  despiteBlackout?: string;
}

/** One approval to lift a hold. `pilot`: only these people, sorted. */
export interface Lift {
  by: string;
  goLiveMs: number;
  pilot?: string[];
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
  hold?: { approvals: number } | undefined;
}
/** What they need to know about a package. */
export type DatedPackage = Pick<PackageSection, 'goLiveMs'> & { package: { id: string } };

export const isOnHold = ({ status, hold }: WaveTerms, { lifts }: GoLives): boolean => status === 'on-hold' && lifts.length < (hold?.approvals ?? 1);

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

export const liftOf = ({ by, body: { goLiveMs, pilot } }: MessageOf<'liftHold'>): Lift => ({ by, goLiveMs, ...(pilot ? { pilot: pilot.toSorted() } : {}) });

/** Another person's approval that this one does not agree with: a hold is lifted for one date and the same people. */
export const disagreement = ({ lifts }: GoLives, lift: Lift): Lift | undefined =>
  lifts.find(({ by, goLiveMs, pilot }) => by !== lift.by && (goLiveMs !== lift.goLiveMs || String(pilot) !== String(lift.pilot)));

/** The last approval that is needed sets the date and the people. */
export function withLift(goLives: GoLives, lift: Lift, wave: WaveTerms): GoLives {
  const lifts = [...goLives.lifts.filter(({ by }) => by !== lift.by), lift];
  const now = { ...goLives, lifts };
  if (isOnHold(wave, now)) return now;
  const { pilot: _, ...rest } = now;
  return { ...rest, wave: { atMs: lift.goLiveMs }, ...(lift.pilot ? { pilot: lift.pilot } : {}) };
}

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
        return isOnHold(wave, before) && !disagreement(before, liftOf(message)) ? withLift(before, liftOf(message), wave) : before;
      default:
        return before;
    }
  }, noGoLives());
}

function hasPassed(section: DatedPackage, wave: WaveTerms, goLives: GoLives, blackouts: BlackoutTimes[], nowMs: number): boolean {
  const date = goLiveOf(section, wave, goLives);
  if (date === undefined || date.atMs > nowMs) return false;
  return nowMs >= lateFrom(date, wave) || blackoutOf(date, blackouts, section.package.id, nowMs) !== undefined;
}
