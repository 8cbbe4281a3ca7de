/**
 * What the board is made of, kept between two requests: the waves that there are, their states, those of their packages, and what was measured last. While
 * somebody follows what happens, an event about a wave or a package forgets what is kept of it; so one board costs the engine only what changed, however many
 * people look at it. What no event tells is asked again after a while: those who look meanwhile see what was known, and are told when it is something else.
 */
import { addressText, type Address } from '../../domain/address.ts';
import type { PlanFacts } from '../../domain/board/facts.ts';
import type { Measured } from '../../domain/board/entry.ts';
import type { ReleaseKey } from '../../domain/release/releases.ts';
import type { PlanClock } from '../../domain/time/plan-clock.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import type { AppliedReader } from '../../store/contract.ts';
import type { TurnLimits } from '../../domain/turns.ts';
import type { Feed } from '../live/feed.ts';
import { askedInTurn } from '../asked-in-turn.ts';
import { Kept } from './kept.ts';

export interface PlanOnBoard {
  revision: number;
  facts: PlanFacts;
  clock: PlanClock | undefined;
}

export interface BoardStates {
  /** As its latest revision has it; undefined where it was never applied. `latest`: its number, where the caller knows it; it is not asked for then. */
  plan(plan: string, latest?: number): Promise<PlanOnBoard | undefined>;
  wave(at: { plan: string; wave: string }, ask: () => Promise<WaveView | undefined>): Promise<WaveView | undefined>;
  package(at: ReleaseKey, ask: () => Promise<PackageView | undefined>): Promise<PackageView | undefined>;
  /** For lists: as it was two seconds ago at most, and since the last event of it that was heard and the last message of this endpoint to its plan. */
  recentWave(at: { plan: string; wave: string }, ask: () => Promise<WaveView | undefined>): Promise<WaveView | undefined>;
  recentPackage(at: ReleaseKey, ask: () => Promise<PackageView | undefined>): Promise<PackageView | undefined>;
  /** This endpoint has sent something to its waves or packages: no list that is asked for now shows it as it was before. */
  sent(plan: string): void;
  /** By the address of each release; those that were never evaluated are left out. */
  measured(of: ReleaseKey[]): Promise<ReadonlyMap<string, Measured>>;
  close(): void;
}

/** `given`: since when nothing was missed. While nobody follows, nothing says what changed. */
const ages = { followed: 20_000, given: 120_000, alone: 1_500 } as const;
const lately = { fresh: () => 2_000 };
/** After the last look, what happens is followed for so long: anyone who looks again finds what is kept. */
const followedMs = 300_000;
/** One plan changes so often at most. */
const toldEveryMs = 1_000;
const most = { states: 20_000 } as const;
const measuredMost = 14;

type Asks = Pick<AppliedReader, 'appliedOutline' | 'latestOutline' | 'lastMeasured'>;

/** Questions wait in the same queue as what running workflows have to decide. */
const workflowsAtOnce: TurnLimits = { perPlan: 4, perRight: 6, inAll: 48 };

/** `onChange`: something of the plan is no longer as it was, and no event has told it. `rightFor`: the right of the site that a plan is under. */
export function openBoardStates(store: Asks, feed: Feed, onChange: (plan: string) => void, rightFor: (plan: string) => string = (plan) => plan): BoardStates {
  const asked = askedInTurn(workflowsAtOnce);
  const inTurn = <T>(key: string, plan: string, ask: () => Promise<T>) => asked(key, { plan, right: rightFor(plan) }, ask);
  const isFollowed = (atMs: number) => atMs >= (feed.liveSinceMs() ?? Infinity);
  const fresh = (atMs: number) => (isFollowed(atMs) ? ages.followed : ages.alone);
  const asLong = { fresh, given: (atMs: number) => (isFollowed(atMs) ? ages.given : 0) };
  const telling = new Map<string, ReturnType<typeof setTimeout>>();
  const changed = (key: string) => {
    const [plan = ''] = key.split('/');
    if (telling.has(plan)) return;
    const tell = () => {
      telling.delete(plan);
      onChange(plan);
    };
    telling.set(plan, setTimeout(tell, toldEveryMs));
  };
  const waves = new Kept<WaveView | undefined>(most.states, asLong, changed);
  const packages = new Kept<PackageView | undefined>(most.states, asLong, changed);
  const recent = { waves: new Kept<WaveView | undefined>(most.states, lately), packages: new Kept<PackageView | undefined>(most.states, lately) };
  const timesSent = new Map<string, number>();
  /** Another one after each message: whatever was asked before it is no answer any more. */
  const recentKey = (at: Address & { plan: string }) => `${timesSent.get(at.plan) ?? 0} ${addressText(at)}`;
  const measured = new Kept<Measured | undefined>(most.states, { fresh });
  const forget = (address: Address) => {
    const { plan, wave, package: id } = address;
    if (wave === undefined) return;
    waves.forget(addressText({ plan, wave }));
    recent.waves.forget(recentKey({ plan, wave }));
    if (id === undefined) return;
    packages.forget(addressText(address));
    recent.packages.forget(recentKey(address));
    measured.forget(addressText(address));
  };
  const unhear = feed.overhear(({ events, evaluated, missed }) => {
    for (const each of [...events, ...evaluated]) forget(each);
    if (missed) for (const each of [waves, packages, recent.waves, recent.packages, measured]) each.forgetAll();
  });

  let following: { unfollow: () => void; timer: ReturnType<typeof setTimeout> } | undefined;
  /** A board that is asked for once must not make the store be polled for ever. */
  function follow(): void {
    const unfollow = following?.unfollow ?? feed.follow(() => undefined);
    clearTimeout(following?.timer);
    following = { unfollow, timer: setTimeout(unfollowNow, followedMs) };
  }
  function unfollowNow(): void {
    clearTimeout(following?.timer);
    following?.unfollow();
    following = undefined;
  }

  return {
    async plan(plan, latest) {
      const found = (latest === undefined ? undefined : await store.appliedOutline(plan, latest)) ?? (await store.latestOutline(plan));
      return found && { revision: found.number, facts: found.outline.facts, clock: found.clock };
    },
    wave(at, ask) {
      follow();
      return waves.get(addressText(at), () => inTurn(recentKey({ plan: at.plan, wave: at.wave }), at.plan, ask));
    },
    package: (at, ask) => packages.get(addressText(at), () => inTurn(recentKey(at), at.plan, ask)),
    recentWave({ plan, wave }, ask) {
      const key = recentKey({ plan, wave });
      return recent.waves.get(key, () => inTurn(key, plan, ask));
    },
    recentPackage({ plan, wave, package: id }, ask) {
      const key = recentKey({ plan, wave, package: id });
      return recent.packages.get(key, () => inTurn(key, plan, ask));
    },
    sent: (plan) => void timesSent.set(plan, (timesSent.get(plan) ?? 0) + 1),
    async measured(of) {
      // Those that are not kept, as they are asked for: one question for all of them.
      const wanted: ReleaseKey[] = [];
      const { promise: allAsked, resolve: ask } = Promise.withResolvers<void>();
      const rows = allAsked.then(() => (wanted.length === 0 ? [] : store.lastMeasured({ releases: wanted, most: measuredMost })));
      const byAddress = rows.then(
        (all) => new Map(all.map(({ plan, wave, package: id, values, drift }) => [addressText({ plan, wave, package: id }), { values, drift }])),
      );
      const answers = of.map(async (each) => {
        const address = addressText(each);
        const last = await measured.get(address, async () => {
          wanted.push(each);
          const row = (await byAddress).get(address);
          return row && { evaluations: row.values.map((values) => ({ values })), drift: row.drift };
        });
        return [address, last] as const;
      });
      ask();
      const [found] = await Promise.all([Promise.all(answers), byAddress]);
      return new Map(found.flatMap(([address, last]) => (last ? [[address, last] as const] : [])));
    },
    close() {
      unhear();
      unfollowNow();
      for (const timer of telling.values()) clearTimeout(timer);
    },
  };
}
