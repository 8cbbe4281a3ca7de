/** Consents of those who lose the right to decide by the next revision of a plan: sealed messages in the store, each for one document and one revision. */
import type { Loss } from '../../../domain/authority/consent.ts';
import { verifyMessage } from '../../../domain/authority/jws.ts';
import { sha256Hex } from '../../../domain/canonical.ts';
import { planMessageSchemas, untimely, validFor, validFrom, type PlanMessage } from '../../../domain/messages.ts';
import { planDocumentDigest } from '../../../domain/plan/digest.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import { latestOf } from '../../../domain/release/releases.ts';
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
  const standing = new Set((await services.store.releases({ plan: plan.plan })).map((release) => release.package));
  const over = {
    waves: await endedAmongLeaving(services, latest.document, plan),
    packages: await retiredAmongLeaving(services, latest.document, plan),
    unreleased: plan.packages.flatMap(({ id }) => (standing.has(id) ? [] : [id])),
  };
  const losses = await services.plans.work('losesTheSay', latest.document, plan, toPlan(Date.now(), latest.clock), over);
  if (losses) return losses;
  const message = `Revision ${latest.number + 1} of plan '${plan.plan}' takes a say from too many people in too many packages at once: divide it into several.`;
  throw new Problem('consent-missing', message, { consents: [] });
}

/** Of the waves that leave the plan. */
async function endedAmongLeaving(services: Services, before: Plan, after: Plan): Promise<string[]> {
  const stay = new Set(after.waves.map(({ id }) => id));
  const leave = before.waves.filter(({ id }) => !stay.has(id));
  const ended = await inParallel(8, leave, async ({ id }) => ((await hasEnded(services, after.plan, id)) ? [id] : []));
  return ended.flat();
}

/** Of the packages that leave the plan. */
async function retiredAmongLeaving({ store }: Services, before: Plan, after: Plan): Promise<string[]> {
  const stay = new Set(after.packages.map(({ id }) => id));
  if (before.packages.every(({ id }) => stay.has(id))) return [];
  const byPackage = Map.groupBy(await store.releases({ plan: after.plan }), (release) => release.package);
  return [...byPackage].flatMap(([id, releases]) => (latestOf(releases)?.change === 'retire' ? [id] : []));
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
