/** Revisions as the endpoint saves them: sealed, with a record of who changed what. */
import { applyMessage } from '../../domain/authority/applied.ts';
import { whoChanged } from '../../domain/authority/who-changed.ts';
import { heldSince } from '../../domain/holds.ts';
import type { PlanMessage } from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { RevisionRecord } from '../../domain/views/revision.ts';
import type { Revision, RevisionWriter } from '../../store/contract.ts';

/** A key of the tests, or the endpoint's own sealer. */
interface Sealing {
  seal(message: PlanMessage): string | Promise<string>;
}
type Writer = RevisionWriter & { latestRevision(plan: string): Promise<Revision | undefined> };

/** The plan as revision `expected + 1`, applied by ines. `before`: the revision that it follows. */
export async function revisionToSave(
  document: Plan,
  key: Sealing,
  { expected = 0, by = 'ines', before }: { expected?: number; by?: string; before?: Revision | undefined } = {},
): Promise<Parameters<RevisionWriter['saveRevision']>[0]> {
  const number = expected + 1;
  const held = heldSince(before, document, number);
  const record: RevisionRecord = { ...whoChanged(before, document, by, number), ...(held ? { heldSince: held } : {}), consentedBy: [] };
  const message = applyMessage(document, { id: `${document.plan}-revision-${number}`, number, by, atMs: 0, record });
  return { document, digest: message.body.digest, expected, appliedBy: by, record, seal: await key.seal(message) };
}

/** Saves it after the latest revision. */
export async function saveRevision(store: Writer, document: Plan, key: Sealing, by = 'ines'): Promise<Revision> {
  const before = await store.latestRevision(document.plan);
  const saved = await store.saveRevision(await revisionToSave(document, key, { expected: before?.number ?? 0, by, before }));
  if ('conflict' in saved) throw new Error(`the plan is at revision ${saved.conflict}`);
  return saved.revision;
}
