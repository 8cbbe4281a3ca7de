/**
 * What activities are given, as schemas: anyone who reaches the namespace can call one, with anything. What is not in its form fails that call and nothing else.
 * That it is in its form says nothing about whether it may do anything. Fields that are not listed are let through: workflows of other releases may send more.
 */
import { z } from 'zod';
import { tuneStepSchema } from './schema.ts';
import { planClock } from '../time/plan-clock.ts';

const text = z.string();
const id = text.min(1);
const instant = z.number();
const people = z.array(id);
/** As it arrives where the workflow leaves it out. */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish();
const key = { plan: id, wave: id, package: id };
const packageRef = z.looseObject({ ...key, revision: z.int().min(0) });
const parts = z.array(z.looseObject({ system: id, digest: text }));
const releaseRef = packageRef.extend({ planDigest: text, previewDigest: text, parts });
const clock = optional(planClock.loose());
const delivery = z.looseObject({ channel: id, recipient: text });
const again = optional(z.enum(['failed', 'all']));

const forms = {
  previewSystem: [packageRef, id, optional(people)],
  simulateSystem: [id, id, id],
  recheckSystem: [releaseRef, id],
  grantAccess: [releaseRef, id],
  verifyAccess: [releaseRef, id],
  retireLegacy: [releaseRef, id],
  tuneAccess: [
    releaseRef,
    id,
    z.looseObject({
      id,
      step: tuneStepSchema,
      people: optional(people),
      entitlement: optional(z.looseObject({ system: id, role: id })),
      restore: optional(z.literal(true)),
    }),
  ],
  rollBackAccess: [releaseRef, id, z.looseObject({ id, approval: id, second: optional(id), abort: optional(z.boolean()) })],
  previewRollback: [releaseRef, id, instant],
  evaluate: [releaseRef, z.looseObject({ purpose: id, dueMs: instant, startMs: instant, atEnd: z.boolean(), clock })],
  readBaseline: [packageRef, z.looseObject({ atMs: instant, pilot: optional(people), clock })],
  tryMetric: [id, id, id],
  simulateTogether: [id],
  incompatibleAcross: [packageRef, parts],
  dependencyCheck: [releaseRef],
  openEarlierWaves: [id, z.array(id)],
  packagesNotLive: [id, z.array(id)],
  packageStatus: [z.looseObject(key)],
  supersedingRelease: [packageRef],
  earlierReleases: [packageRef],
  ownerStatus: [packageRef],
  deliveriesOf: [id, again],
  placeDeliveries: [id, again],
  deliver: [id, delivery, again],
  settleDelivery: [id, delivery, z.looseObject({ state: z.enum(['sent', 'failed']), why: optional(text) })],
  // Its parts are looked at one by one (own-records.ts).
  record: [z.looseObject({})],
  signalsRefused: [z.array(z.looseObject({ type: text, code: text }))],
};

const byName = new Map<string, z.ZodType[]>(Object.entries(forms));

export type CheckedActivity = keyof typeof forms;

/** Each with the number of the argument and the path in it; empty: none. */
export const argumentMistakes = (activity: string, args: readonly unknown[]): string[] =>
  (byName.get(activity) ?? []).flatMap((schema, at) =>
    (schema.safeParse(args[at]).error?.issues ?? []).map(({ path, message }) => `${[at + 1, ...path].join('.')}: ${message}`),
  );
