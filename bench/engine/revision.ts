/** The first revision of a plan, as the endpoint saves it: sealed, with a record of who changed what. */
import { randomUUID } from 'node:crypto';
import type { Sealer } from '../../api/seal.ts';
import { applyMessage } from '../../domain/authority/applied.ts';
import { whoChanged } from '../../domain/authority/who-changed.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Revision, Store } from '../../store/contract.ts';

export async function saveFirstRevision(store: Store, document: Plan, sealer: Sealer): Promise<Revision> {
  const by = 'ines';
  const record = { ...whoChanged(undefined, document, by, 1), consentedBy: [] };
  const message = applyMessage(document, { id: randomUUID(), number: 1, by, atMs: Date.now(), record });
  const seal = await sealer.seal(message);
  const saved = await store.saveRevision({ document, digest: message.body.digest, expected: 0, appliedBy: by, record, seal });
  if ('conflict' in saved) throw new Error(`plan '${document.plan}' already exists`);
  return saved.revision;
}
