/** Consents of those who lose the right to decide by the next revision of a plan: sealed messages in the store, each for one document and one revision. */
import { decidingOn, withReturning, type Deciding, type Loss } from '../../../domain/authority/consent.ts';
import { verifyMessage } from '../../../domain/authority/jws.ts';
import { sha256Hex } from '../../../domain/canonical.ts';
import { planMessageSchemas, untimely, validFor, validFrom, type PlanMessage } from '../../../domain/messages.ts';
import { planDocumentDigest } from '../../../domain/plan/digest.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { latestOf, type Release } from '../../../domain/release/releases.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import { nativeSignature } from '../../../store/native-signatures.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import type { Services } from '../../route.ts';
import type { ReadPlan } from '../read-plan.ts';
import { hasEnded } from '../released.ts';

/** Who loses what, if this plan becomes the next revision; nobody by a first one. Throws `consent-missing` where it is too much for one revision. */
export async function lossesBy(services: Services, { plan, latest }: ReadPlan): Promise<Loss[]> {
  if (!latest) return [];
  const releases = await services.store.releases({ plan: plan.plan });
  const over = {
    waves: await endedAmongChanged(services, latest.document, plan),
    packages: retiredAmongLeaving(releases, latest.document, plan),
    released: releases.map(({ wave, package: id }) => ({ wave, package: id })),
  };
  const before = withReturning(latest.document, await returning(services, releases, latest.document, plan));
  const losses = await services.plans.work('losesTheSay', before, plan, toPlan(Date.now(), latest.clock), over);
  if (losses) return losses;
  const message = `Revision ${latest.number + 1} of plan '${plan.plan}' removes the right to decide from too many people in too many packages at once: divide it into several.`;
  throw new Problem('consent-missing', message, { consents: [] });
}

/** Of the waves that leave the plan, or that a package comes into. */
async function endedAmongChanged(services: Services, before: Plan, after: Plan): Promise<string[]> {
  const [had, has] = [packagesByWave(before), packagesByWave(after)];
  const leave = [...had.keys()].filter((id) => !has.has(id));
  const grow = [...has].flatMap(([id, packages]) => ([...packages].some((one) => !had.get(id)?.has(one)) ? [id] : []));
  const ended = await inParallel(8, [...leave, ...grow], async (id) => ((await hasEnded(services, after.plan, id)) ? [id] : []));
  return ended.flat();
}

const packagesByWave = ({ waves }: Plan) => new Map(waves.map((wave) => [wave.id, new Set(wave.packages.map((entry) => entry.package))]));

/** Of the packages that leave the plan. */
function retiredAmongLeaving(releases: Release[], before: Plan, after: Plan): string[] {
  const stay = new Set(after.packages.map(({ id }) => id));
  if (before.packages.every(({ id }) => stay.has(id))) return [];
  const byPackage = Map.groupBy(releases, (release) => release.package);
  return [...byPackage].flatMap(([id, some]) => (latestOf(some)?.change === 'retire' ? [id] : []));
}

/** Who last decided on the packages that come into the plan and that an earlier revision released. */
async function returning({ store }: Services, releases: Release[], before: Plan, after: Plan): Promise<Deciding[]> {
  const known = new Set(before.packages.map(({ id }) => id));
  const released = new Set(releases.map((release) => release.package));
  const came = after.packages.flatMap(({ id }) => (!known.has(id) && released.has(id) ? [id] : []));
  if (came.length === 0) return [];
  const byRevision = Map.groupBy(await store.lastWith(after.plan, came), ({ revision }) => revision);
  const found: Deciding[] = [];
  // One after the other: each may be megabytes long, and there may be one for each package.
  for (const [number, some] of byRevision) {
    const revision = await store.appliedRevision(after.plan, number);
    if (revision)
      found.push(
        decidingOn(
          revision.document,
          some.map((each) => each.package),
        ),
      );
  }
  return found;
}

/** Counts for thirty days: people are asked one after another. The same person to the same document is another message each day. */
export function consentTo(read: ReadPlan, by: string): Extract<PlanMessage, { type: 'consent' }> {
  const nowMs = Date.now();
  const body = bodyFor(read);
  const id = `${idFrom(read, body)}${sha256Hex({ by, day: Math.floor(nowMs / 86_400_000) }).slice(0, 24)}`;
  return { id, type: 'consent', plan: read.plan.plan, by, ...validFrom(nowMs, validFor.waiting), body };
}

const bodyFor = ({ plan, latest }: ReadPlan) => ({ revision: (latest?.number ?? 0) + 1, digest: planDocumentDigest(plan) });
/** How the ids of all consents to this document as this revision begin. */
const idFrom = ({ plan }: ReadPlan, body: ReturnType<typeof bodyFor>): string => `consent-${sha256Hex({ plan: plan.plan, ...body }).slice(0, 32)}-`;

/**
 * Who has consented, in the last thirty days, to exactly this document as exactly the next revision. Only those consents are read: a plan may have any number of
 * others.
 */
export async function consentedTo({ store, sealer }: Services, read: ReadPlan): Promise<Set<string>> {
  const { plan } = read;
  const body = bodyFor(read);
  const consented = new Set<string>();
  for (const { jws, by } of await store.messages({ plan: plan.plan, wave: '', package: '', type: 'consent', idFrom: idFrom(read, body) })) {
    if (consented.has(by)) continue;
    const verified = verifyMessage<PlanMessage>(jws, sealer.trustedKeys, planMessageSchemas, 'consent', nativeSignature);
    if (!verified.ok || verified.message.type !== 'consent') continue;
    const { message } = verified;
    if (untimely(message, Date.now())) continue;
    if (message.plan === plan.plan && message.body.revision === body.revision && message.body.digest === body.digest) consented.add(message.by);
  }
  return consented;
}
