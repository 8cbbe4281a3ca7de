/**
 * Of what a workflow wants to record, what is its own to record: messages to it, whose seal holds, and events, notices, evaluations and a final record about
 * itself, in their declared form. Workflows are not trusted: anyone who reaches the namespace can start one.
 */
import { addressText, type Address } from '../domain/address.ts';
import { verifySeal } from '../domain/authority/jws.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import type { SealedMessage } from '../domain/messages.ts';
import { notice } from '../domain/notices/request.ts';
import { mostOfRecord, mostOfEvent, recordBatch, type RecordBatch } from '../domain/records.ts';
import { eventView } from '../domain/views/event.ts';
import { answered, finalOf, formMistake, newEvaluation } from '../domain/views/recorded.ts';
import { carriedPackageView, carriedWaveView } from '../domain/views/texts.ts';
import { nativeSignature } from '../store/native-signatures.ts';

interface Rules {
  place: Address;
  keys: TrustedKey[];
  /** Plan time; as much later as clocks may differ. */
  nowMs: number;
}

/** `refused`: what was left out, and why, for the log of the worker. */
export function ownRecords(batch: RecordBatch, rules: Rules): { own: RecordBatch; refused: string[] } {
  const refused: string[] = [];
  const id = addressText(rules.place);
  const kept = <T>(what: string, items: T[], whyNot: (item: T) => string | undefined): T[] =>
    list(items).filter((item) => {
      const why = whyNot(item);
      if (why !== undefined) refused.push(`${what}: ${why}`);
      return why === undefined;
    });
  const own = recordBatch({
    messages: kept('message', batch.messages, ({ jws }) => whyNotMessage(jws, rules)),
    events: kept(
      'event',
      batch.events,
      (event) => formMistake(eventView, event) ?? tooLarge(event) ?? (isOwn(event, `${id}#`, rules.place) ? undefined : notOwn(id)),
    ),
    finals: kept('final record', batch.finals, (final) => whyNotFinal(final, rules.place)),
    notices: kept(
      'notice',
      batch.notices,
      (each) => formMistake(notice, each) ?? tooLarge(each) ?? (isOwn(each, `${id}#notice-`, rules.place) ? undefined : notOwn(id)),
    ),
    answered: kept(
      'answer',
      batch.answered,
      (each) => formMistake(answered, each) ?? (each.notices.every((one) => one.startsWith(`${id}#notice-`)) ? undefined : notOwn(id)),
    ),
    evaluations: kept(
      'evaluation',
      batch.evaluations,
      (each) => formMistake(newEvaluation, each) ?? tooLarge(each, mostOfRecord) ?? whyNotEvaluation(each, rules),
    ),
  });
  return { own, refused };
}

/** What a stray workflow sends need not be a list at all. */
const list = <T>(items: T[]): T[] => (Array.isArray(items) ? items : []);

function tooLarge(record: unknown, most = mostOfEvent): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(record) ?? '');
  return bytes > most ? `it has ${bytes} bytes, and may have ${most}` : undefined;
}

const notOwn = (id: string) => `it does not belong to '${id}'`;

function whyNotMessage(jws: unknown, { place, keys }: Rules): string | undefined {
  const verified = verifySeal(typeof jws === 'string' ? jws : '', keys, nativeSignature);
  if (!verified.ok) return verified.message;
  return isTo(place, verified.message) ? undefined : `it is addressed to '${addressText(verified.message)}'`;
}

/** As in the inbox: a wave also decides about its packages, and a package also takes the abort of its whole wave. */
function isTo(place: Address, { plan, wave, package: about, type }: SealedMessage): boolean {
  if (plan !== place.plan || wave !== place.wave) return false;
  return place.package === undefined ? wave !== undefined || about === undefined : about === place.package || (about === undefined && type === 'abort');
}

/** Its id begins as those of this place, and it is about the place or, for a wave, about one of its packages. */
const isOwn = (record: Address & { id: string }, prefix: string, place: Address): boolean =>
  record.id.startsWith(prefix) &&
  record.plan === place.plan &&
  record.wave === place.wave &&
  (place.package === undefined ? place.wave !== undefined || record.package === undefined : record.package === place.package);

function whyNotFinal({ workflowId, state }: RecordBatch['finals'][number], place: Address): string | undefined {
  const id = addressText(place);
  if (workflowId !== id) return notOwn(id);
  const large = tooLarge(state, mostOfRecord);
  if (large !== undefined) return large;
  const read = place.package === undefined ? finalOf(carriedWaveView, id, state) : finalOf(carriedPackageView, id, state);
  return read === undefined ? `it is not the state of '${id}' in its declared form` : undefined;
}

/** A workflow records only that an evaluation could not be taken; what was measured is recorded by the activity that measured it. */
function whyNotEvaluation(
  { plan, wave, package: id, dueMs, measurements, verdict }: RecordBatch['evaluations'][number],
  { place, nowMs }: Rules,
): string | undefined {
  if (addressText({ plan, wave, package: id }) !== addressText(place)) return notOwn(addressText(place));
  if (dueMs > nowMs) return `it is due on ${new Date(dueMs).toISOString()}, which has not come`;
  const nothing =
    verdict.kind === 'error' && [...measurements.map(({ kind }) => kind), ...verdict.metrics.map((each) => each.verdict)].every((kind) => kind === 'error');
  return nothing ? undefined : 'it claims to have measured something';
}
