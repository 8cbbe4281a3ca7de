/** What both sides can do, so that every measurement drives them in the same way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { WorkerProcess } from './worker-process.ts';

/** One wave with one package in one system that does nothing, owned by olga. */
export interface WaveSpec {
  /** The wave's workflow id. The package's is `<id>/access`. */
  id: string;
  /** Real time. */
  goLiveMs: number;
  /** Who signs in addition to the owner. */
  alsoSigns: string[];
  /** Days after go-live: the first evaluation on day 1, then one every `every` days, and the last one on day `length`. */
  evaluations: { every: number; length: number };
  /** The real length of a day. Undefined: 24 hours. */
  realDayMs?: number;
}

/** Something that a side's worker has recorded. */
export interface Seen {
  wave: string;
  kind: 'previewed' | 'granted' | 'evaluation' | 'stable';
  /** With `previewed`: what a sign-off is bound to. */
  digest?: string;
}

export interface Side {
  readonly name: 'product' | 'bare';
  readonly client: Client;
  readonly worker: WorkerProcess;
  /** Starts a wave as applying a plan does, and sends it nothing else. */
  start(spec: WaveSpec): Promise<void>;
  /** Sent as an update, directly to Temporal. Throws when it is refused. */
  evidence(spec: WaveSpec, item: string): Promise<void>;
  signOff(spec: WaveSpec, by: string, digest: string): Promise<void>;
  review(spec: WaveSpec): Promise<void>;
  /** Each call of the returned function returns what was recorded since the call before; the first one returns everything. It is cheap, and no load on Temporal. */
  follow(): () => Promise<Seen[]>;
}

export const evidenceItems = ['handoff', 'notices', 'backup'];
export const signers = ({ alsoSigns }: WaveSpec): string[] => ['olga', ...alsoSigns];
export const packageId = ({ id }: WaveSpec): string => `${id}/access`;

/** The days of all evaluations: day 1, every multiple of `every`, and the last day. */
export function evaluationDays({ evaluations: { every, length } }: WaveSpec): number[] {
  const days = new Set([1, length]);
  for (let day = every; day < length; day += every) days.add(day);
  return [...days].toSorted((a, b) => a - b);
}

/** Polls ten times a second until `count` records of `kind` exist for these waves, counted from the beginning. Rejects after `withinMs`. */
export async function until(side: Side, kind: Seen['kind'], specs: WaveSpec[], count: number, withinMs: number): Promise<void> {
  const of = new Set(specs.map(({ id }) => id));
  const follow = side.follow();
  let found = 0;
  for (const end = Date.now() + withinMs; ; await sleep(100)) {
    found += (await follow()).filter((each) => each.kind === kind && of.has(each.wave)).length;
    if (found >= count) return;
    if (Date.now() > end) throw new Error(`${side.name}: ${found} of ${count} '${kind}' after ${withinMs / 1_000} s`);
  }
}

/** Runs `work` over all items, at most `limit` at a time. */
export async function inParallel<T>(limit: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const runner = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner));
}

/**
 * Starts the waves, `atATime` at once, and sends each its evidence and sign-offs as soon as it shows what to sign: one after the other, as people
 * do, or `together`, which is faster. Resolves when all of them have granted their access.
 */
export async function release(side: Side, specs: WaveSpec[], options: { atATime: number; withinMs: number; together?: boolean }): Promise<void> {
  const follow = side.follow();
  const bySpec = new Map(specs.map((spec) => [spec.id, spec]));
  const end = Date.now() + options.withinMs;
  const sending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const track = (work: Promise<void>) => {
    const tracked = work.catch((error: unknown) => void failures.push(error)).finally(() => sending.delete(tracked));
    sending.add(tracked);
  };
  track(inParallel(options.atATime, specs, (spec) => side.start(spec)));
  for (let granted = 0; granted < specs.length; await sleep(50)) {
    for (const { wave, kind, digest } of await follow()) {
      const spec = bySpec.get(wave);
      if (!spec) continue;
      if (kind === 'previewed') track(makeReady(side, spec, digest ?? '', options.together ?? false));
      if (kind === 'granted') granted += 1;
    }
    if (failures.length > 0) throw failures[0];
    if (Date.now() > end) throw new Error(`${side.name}: ${granted} of ${specs.length} waves were released after ${options.withinMs / 1_000} s`);
  }
  await Promise.all(sending);
}

async function makeReady(side: Side, spec: WaveSpec, digest: string, together: boolean): Promise<void> {
  const messages = [
    ...evidenceItems.map((item) => () => side.evidence(spec, item)),
    ...signers(spec).map((signer) => () => side.signOff(spec, signer, digest)),
  ];
  if (together) await Promise.all(messages.map((send) => send()));
  else for (const send of messages) await send();
}

/** Terminates what a measurement leaves open, so that the next one has the server to itself. */
export async function terminate(side: Side, specs: WaveSpec[]): Promise<void> {
  const ids = specs.flatMap((spec) => [spec.id, packageId(spec)]);
  await inParallel(32, ids, async (id) => {
    await side.client.workflow
      .getHandle(id)
      .terminate('the measurement is over')
      .catch(() => undefined);
  });
}
