/** Consents of those who lose a say by the next revision of a plan: sealed messages in the store, each for one document and one revision. */
import { losesTheSay, type Loss } from '../../../domain/authority/consent.ts';
import { verifyMessage } from '../../../domain/authority/jws.ts';
import { sha256Hex } from '../../../domain/canonical.ts';
import { planMessageSchemas, untimely, validFor, validFrom, type PlanMessage } from '../../../domain/messages.ts';
import { planDocumentDigest } from '../../../domain/plan/digest.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import type { Services } from '../../route.ts';
import type { ReadPlan } from '../read-plan.ts';

/** Who loses what, if this plan becomes the next revision; nobody by a first one. */
export const lossesBy = ({ plan, latest }: ReadPlan): Loss[] => (latest ? losesTheSay(latest.document, plan, toPlan(Date.now(), latest.clock)) : []);

/** Counts for thirty days: people are asked one after another. The same person to the same document is another message each day. */
export function consentTo({ plan, latest }: ReadPlan, by: string): Extract<PlanMessage, { type: 'consent' }> {
  const body = { revision: (latest?.number ?? 0) + 1, digest: planDocumentDigest(plan) };
  return {
    id: `consent-${sha256Hex({ plan: plan.plan, by, day: Math.floor(Date.now() / 86_400_000), ...body }).slice(0, 32)}`,
    type: 'consent',
    plan: plan.plan,
    by,
    ...validFrom(Date.now(), validFor.waiting),
    body,
  };
}

/** Who has consented, in the last thirty days, to exactly this document as exactly the next revision. */
export async function consentedTo({ store, sealer }: Services, { plan, latest }: ReadPlan): Promise<Set<string>> {
  const digest = planDocumentDigest(plan);
  const stored = await store.messages({ plan: plan.plan, wave: '', type: 'consent' });
  const people = stored.flatMap(({ jws }) => {
    const verified = verifyMessage<PlanMessage>(jws, sealer.trustedKeys, planMessageSchemas, 'consent');
    if (!verified.ok || verified.message.type !== 'consent') return [];
    const { message } = verified;
    if (untimely(message, Date.now())) return [];
    return message.plan === plan.plan && message.body.revision === (latest?.number ?? 0) + 1 && message.body.digest === digest ? [message.by] : [];
  });
  return new Set(people);
}
