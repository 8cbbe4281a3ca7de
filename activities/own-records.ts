/**
 * Of what a workflow wants to record, what is its own to record: messages to it, whose seal holds, and events, notices, evaluations and a final record about
 * itself, in their declared form. Workflows are not trusted: anyone who reaches the namespace can start one, or tell one which keys are trusted.
 */
import { addressText, type Address } from '../domain/address.ts';
import { isEventOf } from '../domain/authority/event-of-message.ts';
import { verifySeal, type Verified } from '../domain/authority/jws.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import type { SealedMessage } from '../domain/messages.ts';
import { notice } from '../domain/notices/request.ts';
import { mostOfRecord, mostOfEvent, recordBatch, type AuditEvent, type RecordBatch } from '../domain/records.ts';
import { eventView } from '../domain/views/event.ts';
import { answered, finalOf, formMistake, newEvaluation } from '../domain/views/recorded.ts';
import { carriedPackageView, carriedWaveView } from '../domain/views/texts.ts';
import { nativeSignature } from '../store/native-signatures.ts';

interface Rules {
  place: Address;
  /** Of this batch. */
  opened: readonly Opened[];
  /** Plan time; as much later as clocks may differ. */
  nowMs: number;
  /** Messages that are on record already, of those that events name (see `namedElsewhere`). */
  recorded: readonly SealedMessage[];
}

/** A message is the same only if the same person sealed it. */
export type SealedBy = Pick<SealedMessage, 'id' | 'by'>;

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
  const messages = kept('message', [...rules.opened], ({ verified }) => whyNotMessage(verified, rules.place));
  const sealed = Map.groupBy([...rules.recorded, ...messages.flatMap(sealedIn)], nameOf);
  const own = recordBatch({
    messages: messages.map(({ jws }) => ({ jws })),
    events: kept(
      'event',
      batch.events,
      (event) => formMistake(eventView, event) ?? tooLarge(event) ?? (isOwn(event, `${id}#`, rules.place) ? undefined : notOwn(id)),
    ).map((event) => (isProven(event, sealed) ? event : unproven(event, refused))),
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

const nameOf = ({ id, by }: SealedBy) => JSON.stringify([by, id]);

/** A text that came as a sealed message, and what opening it has said. */
export interface Opened {
  jws: string;
  verified: Verified;
}

/** To verify a seal is what a batch costs most: each is opened once, and handed on. */
export function opened(jws: unknown, keys: TrustedKey[]): Opened {
  const text = typeof jws === 'string' ? jws : '';
  return { jws: text, verified: verifySeal(text, keys, nativeSignature) };
}

export const openedOf = (batch: RecordBatch, keys: TrustedKey[]): Opened[] => list(batch.messages).map((one) => opened(one?.jws, keys));

/** None or one. */
export const sealedIn = ({ verified }: Opened): SealedMessage[] => (verified.ok ? [verified.message] : []);

/** Of the messages that events of people name, those that the batch does not bring along: they were recorded before, or nobody sealed them. */
export function namedElsewhere(batch: RecordBatch, ofBatch: readonly Opened[]): SealedBy[] {
  const here = new Set(ofBatch.flatMap(sealedIn).map(nameOf));
  const named = list(batch.events).flatMap((event): SealedBy[] => {
    const { actor, data } = event ?? {};
    const id = data?.['message'];
    return typeof actor === 'string' && isPerson(actor) && typeof id === 'string' ? [{ by: actor, id }] : [];
  });
  return named.filter((one) => !here.has(nameOf(one)));
}

const isPerson = (actor: string) => actor !== 'rolewave';

/** What a person did is on record only as what the message says that they sealed: an id may be used in several places. */
function isProven(event: AuditEvent, sealed: ReadonlyMap<string, SealedMessage[]>): boolean {
  const { actor, data } = event;
  if (!isPerson(actor)) return true;
  const id = data?.['message'];
  return typeof id === 'string' && (sealed.get(nameOf({ by: actor, id })) ?? []).some((message) => isEventOf(event, message));
}

function unproven({ data: _data, ...event }: AuditEvent, refused: string[]): AuditEvent {
  const text = `the workflow says that ${event.actor} did this (${event.kind}), and no message that a trusted key sealed says so`;
  refused.push(`event: ${text}`);
  return { ...event, actor: 'rolewave', kind: 'not-proven', text };
}

/** What a stray workflow sends need not be a list at all. */
const list = <T>(items: T[]): T[] => (Array.isArray(items) ? items : []);

function tooLarge(record: unknown, most = mostOfEvent): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(record) ?? '');
  return bytes > most ? `it has ${bytes} bytes, and may have ${most}` : undefined;
}

const notOwn = (id: string) => `it does not belong to '${id}'`;

function whyNotMessage(verified: Verified, place: Address): string | undefined {
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
