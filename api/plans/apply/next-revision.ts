/** The next revision as it is stored: with who agreed to it, or why a site administrator applied it without them, and with the endpoint's seal. */
import { applyMessage } from '../../../domain/authority/applied.ts';
import { missingConsents, type Loss } from '../../../domain/authority/consent.ts';
import { heldSince } from '../../../domain/holds.ts';
import { planDocumentDigest } from '../../../domain/plan/digest.ts';
import type { Caller } from '../../../domain/site/caller.ts';
import { isAdministrator } from '../../../domain/site/rights.ts';
import type { RevisionRecord } from '../../../domain/views/revision.ts';
import type { RevisionWriter } from '../../../store/contract.ts';
import { Problem } from '../../errors.ts';
import { messageId } from '../../message-id.ts';
import type { Services } from '../../route.ts';
import { consentedTo, lossesBy } from '../consents/consents.ts';
import type { ReadPlan } from '../read-plan.ts';

interface Applying {
  caller: Caller;
  as: 'operator' | 'administrator';
  reason: string | undefined;
}

/** Throws `consent-missing` where people lose the right to decide who have not agreed. */
export async function nextRevision(services: Services, read: ReadPlan, applying: Applying): Promise<Parameters<RevisionWriter['saveRevision']>[0]> {
  const { plan, latest } = read;
  const by = applying.caller.id;
  const expected = latest?.number ?? 0;
  const agreed = await agreement(services, read, applying);
  const before = latest && { document: latest.document, record: latest.record };
  const held = heldSince(before, plan, expected + 1);
  const changed = await services.plans.work('whoChanged', before, plan, by, expected + 1);
  const record: RevisionRecord = { ...changed, ...(held ? { heldSince: held } : {}), ...agreed };
  const digest = planDocumentDigest(plan);
  const id = messageId({ by, target: { plan: plan.plan }, type: 'apply' }, `revision-${expected + 1}-${digest}`);
  const seal = await services.sealer.seal(applyMessage(plan, { id, number: expected + 1, by, atMs: Date.now(), record }));
  return { document: plan, digest, expected, appliedBy: by, record, seal };
}

async function agreement(services: Services, read: ReadPlan, { caller, as, reason }: Applying): Promise<Pick<RevisionRecord, 'consentedBy' | 'administrator'>> {
  const losses = await lossesBy(services, read);
  const consents = losses.length === 0 ? new Set<string>() : await consentedTo(services, read);
  const missing = missingConsents(losses, new Set([...consents, caller.id]));
  const consentedBy = [...new Set(losses.map(({ person }) => person))].filter((person) => person === caller.id || consents.has(person)).toSorted();
  if (reason !== undefined && (as === 'administrator' || (missing.length > 0 && isAdministrator(services.site.now(), caller))))
    return { consentedBy, administrator: { reason, without: missing } };
  if (missing.length > 0) throw consentMissing(read, missing);
  return { consentedBy };
}

const shown = 5;

function consentMissing({ plan, latest }: ReadPlan, missing: Loss[]): Problem {
  const lines = missing.slice(0, shown).map(({ person, what, where }) => `${person} ${what} (${where})`);
  const more = missing.length > shown ? `; and ${missing.length - shown} more` : '';
  return new Problem(
    'consent-missing',
    `Revision ${(latest?.number ?? 0) + 1} of plan '${plan.plan}' takes a say from people who have not consented: ${lines.join('; ')}${more}.`,
    { consents: missing },
  );
}
