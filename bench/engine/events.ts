/**
 * Counts the history events of a wave with three owners, one package and 21 daily evaluations, from its start until a review closes it. Wave and
 * package are counted together. The events of an evaluation are counted from the second timer that fires to the last, because the first verdict is
 * new and is also recorded. The events of a sign-off are counted from before the first one to after the last. All other events are the rest.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { budget, compared, median, type Result } from './result.ts';
import type { Scale } from './scale.ts';
import type { Site } from './site.ts';
import { evidenceItems, packageId, signers, terminate, until, type Side, type WaveSpec } from './side.ts';

const evaluations = 21;
const alsoSigns = ['otto', 'hugo'];

interface Events {
  total: number;
  perEvaluation: number;
  perSignOff: number;
  otherwise: number;
}

export async function events({ product, bare }: Site, scale: Scale): Promise<Result[]> {
  await Promise.all([product.worker.start(), bare.worker.start()]);
  // Speed does not matter here, so all runs of both sides take place at the same time.
  const counted = await Promise.all(
    Array.from({ length: scale.runs }, async (_, run) => {
      const [ofProduct, ofBare] = await Promise.all([count(product, run, scale), count(bare, run, scale)]);
      return { product: ofProduct, bare: ofBare };
    }),
  );
  const products = (of: keyof Events) => counted.map((each) => each.product[of]);
  const bares = (of: keyof Events) => median(counted.map((each) => each.bare[of]));
  console.error(
    `  the bare wave: ${bares('perEvaluation')} per evaluation, ${bares('perSignOff').toFixed(1)} per sign-off, ${bares('otherwise').toFixed(1)} for the rest`,
  );
  return [
    compared(
      'history events of a wave with 3 owners, 1 package, 21 evaluations',
      'events',
      '<=1.25',
      counted.map((each) => ({ product: each.product.total, baseline: each.bare.total })),
    ),
    budget('history events per evaluation', 'events', 11, products('perEvaluation')),
    budget('history events per sign-off', 'events', 8, products('perSignOff')),
    budget('history events of the rest', 'events', 60, products('otherwise')),
  ];
}

async function count(side: Side, run: number, { eventsDayMs }: Scale): Promise<Events> {
  const spec: WaveSpec = {
    id: `${side.name}-events-${run}/wave`,
    goLiveMs: Date.now() + 10 * eventsDayMs,
    alsoSigns,
    evaluations: { every: 1, length: evaluations },
    realDayMs: eventsDayMs,
  };
  await side.start(spec);
  await until(side, 'previewed', [spec], 1, 60_000);
  const digest = (await side.follow()()).find(({ wave, kind }) => wave === spec.id && kind === 'previewed')?.digest ?? '';
  for (const item of evidenceItems) await side.evidence(spec, item);
  const before = await lengthNow(side, spec);
  for (const by of signers(spec)) await side.signOff(spec, by, digest);
  const perSignOff = ((await lengthNow(side, spec)) - before) / signers(spec).length;

  await until(side, 'stable', [spec], 1, (evaluations + 30) * eventsDayMs);
  // The wave accepts its review only once it has received the outcome.
  await lengthNow(side, spec);
  await side.review(spec);
  await side.client.workflow.getHandle(spec.id).result();
  const wave = await historyOf(side, spec.id);
  const rolePackage = await historyOf(side, packageId(spec));
  await terminate(side, [spec]);
  const { timers } = rolePackage;
  const [second = 0, last = 0] = [timers[1], timers.at(-1)];
  // After a late evaluation the next one needs no timer, and the count would be too low.
  if (timers.length !== evaluations)
    throw new Error(
      `${spec.id}: ${timers.length} of ${evaluations} evaluations waited for their timer: this machine is too busy for days of ${eventsDayMs} ms`,
    );
  const total = wave.events + rolePackage.events;
  const perEvaluation = (last - second) / (evaluations - 2);
  return { total, perEvaluation, perSignOff, otherwise: total - evaluations * perEvaluation - signers(spec).length * perSignOff };
}

/** Waits a moment, so that the length includes the events that the last message caused. */
async function lengthNow({ client }: Side, { id }: WaveSpec): Promise<number> {
  await sleep(1_000);
  return (await client.workflow.getHandle(id).describe()).historyLength;
}

/** `timers`: the positions in the history at which a timer fired. */
async function historyOf({ client }: Side, workflowId: string): Promise<{ events: number; timers: number[] }> {
  const events = (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  return { events: events.length, timers: events.flatMap((event, place) => (event.timerFiredEventAttributes ? [place] : [])) };
}
