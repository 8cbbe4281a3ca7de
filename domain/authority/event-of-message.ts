/**
 * Which event an accepted message brings about. Workflows write their events themselves, and anyone who reaches the namespace can start one: what an event says
 * of a person is checked against what that person sealed, before it is recorded.
 */
import type { z } from 'zod';
import type { Address } from '../address.ts';
import { isSameData } from '../canonical.ts';
import { packageMessageBodies, waveMessageBodies, type MessageType, type SealedMessage } from '../messages.ts';
import { personId } from '../plan/fields.ts';
import { durationInWords } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { tuneText } from '../tune/tune-text.ts';
import { tuneOf } from '../tune/tune.ts';
import type { EventView } from '../views/event.ts';

/** Of an event: what is a function is true of the value; what is not is the value. */
interface Said {
  kind: string | readonly string[];
  text: string | ((text: string, event: EventView) => boolean);
  /** All of it but `message`, the id. */
  data?: Record<string, unknown>;
}

const bodies = { ...waveMessageBodies, ...packageMessageBodies };
type Bodies = typeof bodies;

export const signOffEvents = {
  approve: { kind: 'approved', text: 'approved what was shown' },
  reject: { kind: 'rejected', text: 'rejected what was shown' },
  withdraw: { kind: 'withdrawn', text: 'withdrew the earlier decision' },
} as const;
export const evaluateText = 'requested an evaluation now';
export const resumeText = 'the watch continues where it was paused';
export const extendedText = (byMs: number): string => `watch extended by ${durationInWords(byMs)}`;
export const dateText = (goLiveMs: number, despiteBlackout: string | undefined): string =>
  `go-live on ${instantText(goLiveMs)}${despiteBlackout === undefined ? '' : `, despite a blackout: ${despiteBlackout}`}`;
export const claimText = ({ grants, untilMs, reason }: z.output<Bodies['claim']>): string =>
  `${grants.length === 1 ? '1 access' : `${grants.length} accesses`} until ${instantText(untilMs)}: ${reason}`;
/** `owner`: of a released package, as this revision has it; a wave names none. */
export const revisedText = ({ revision, administrator }: z.output<Bodies['revise']>, owner?: string): string =>
  `revision ${revision}${owner === undefined ? '' : `: owner ${owner}`}${administrator === undefined ? '' : `, as a site administrator: ${administrator}`}`;

const said: { [T in MessageType]: (body: z.output<Bodies[T]>) => Said } = {
  signOff: ({ decision, reason, planDigest, previewDigest }) => ({
    kind: signOffEvents[decision].kind,
    text: reason ?? signOffEvents[decision].text,
    data: { planDigest, previewDigest },
  }),
  evidence: ({ item, reference, waived, expiresMs, tookMs }) => ({
    kind: `evidence-${item}`,
    text: reference,
    data: {
      waived,
      // The plan may let it expire earlier than the message does.
      expiresMs: (ms: unknown) => ms === (expiresMs ?? null) || (typeof ms === 'number' && ms < (expiresMs ?? Number.POSITIVE_INFINITY)),
      ...(tookMs === undefined ? {} : { tookMs }),
    },
  }),
  note: ({ text }) => ({ kind: 'note', text }),
  holdBack: ({ reason }) => ({ kind: 'held-back', text: reason }),
  setDate: ({ goLiveMs, despiteBlackout }) => ({ kind: 'date-set', text: dateText(goLiveMs, despiteBlackout) }),
  liftHold: ({ pilot, reason }) => ({
    kind: 'hold-lifted',
    text: (text) => text.endsWith(`: ${reason}`) && /^\d+ of \d+$/.test(text.slice(0, -`: ${reason}`.length)),
    data: { pilot: pilot ?? null },
  }),
  abort: ({ reason }) => ({ kind: 'aborted', text: reason }),
  review: (body) => ({ kind: 'reviewed', text: body.successes, data: { ...body } }),
  revise: (body) => ({
    kind: 'revised',
    text: (text, { package: about }) => text === revisedText(body) || (about !== undefined && isRevisedPackage(body, text)),
  }),
  evaluate: () => ({ kind: 'evaluate', text: evaluateText }),
  extend: ({ byMs, reason }) => ({ kind: 'extended', text: `${extendedText(byMs)}: ${reason}` }),
  pause: ({ reason }) => ({ kind: 'paused', text: reason }),
  resume: () => ({ kind: 'resumed', text: resumeText }),
  tune: ({ reason, ...tune }) => ({ kind: 'tune-asked', text: `${tuneText(tuneOf(tune))}: ${reason}` }),
  rollback: ({ reason }) => ({ kind: 'rollback-asked', text: reason }),
  decide: ({ proposal, kind, answer, people, untilMs, reason }) => ({
    kind: `${kind}-${answer}`,
    text: reason,
    data: { proposal, ...(people ? { people: [...new Set(people)].sort() } : {}), ...(untilMs === undefined ? {} : { untilMs }) },
  }),
  // Between the two is what the evaluation found, which the digest stands for.
  acceptContent: ({ system, role, digest, reason }) => ({
    kind: 'content-accepted',
    text: (text) => text.startsWith(`${system}: `) && text.endsWith(`: ${reason}`),
    data: { system, role, digest },
  }),
  claim: (body) => ({ kind: 'access-claimed', text: claimText(body), data: { grants: body.grants, untilMs: body.untilMs } }),
  // Whose claim it was is not in the message.
  endClaim: ({ claim, reason }) => ({ kind: ['claim-withdrawn', 'claim-contested'], text: reason, data: { claim } }),
  certify: ({ reason, riskUntilMs }) => ({ kind: 'certified', text: reason, data: { riskUntilMs: riskUntilMs ?? null } }),
};

/** The section that the message seals by its digest names the owner, of a package. */
function isRevisedPackage(body: z.output<Bodies['revise']>, text: string): boolean {
  const owner = /: owner ([^\s,]+)/.exec(text)?.[1];
  return owner !== undefined && personId.safeParse(owner).success && text === revisedText(body, owner);
}

/** Whether this message, sealed by the actor of the event, brings about this event: of this kind, at this place, with this text and these values. */
export function isEventOf(event: EventView, message: SealedMessage): boolean {
  const { data: { message: id, ...data } = {} } = event;
  if (event.actor !== message.by || id !== message.id || !isAbout(event, message)) return false;
  const expected = saidBy(message);
  if (expected === undefined) return false;
  return [expected.kind].flat().includes(event.kind) && isText(expected.text, event) && holds(expected.data ?? {}, data);
}

/** Of a message in its form; no other brings anything about. */
function saidBy({ type, body }: SealedMessage): Said | undefined {
  if (!isType(type)) return undefined;
  const read = bodies[type].safeParse(body);
  return read.success ? (said[type] as (of: unknown) => Said)(read.data) : undefined;
}

const isType = (type: string): type is MessageType => Object.hasOwn(bodies, type);

/** A package also takes the abort of its whole wave, and then the event is about the package. */
const isAbout = (event: Address, { plan, wave, package: about, type }: SealedMessage): boolean =>
  event.plan === plan && event.wave === wave && (event.package === about || (type === 'abort' && about === undefined));

const isText = (expected: Said['text'], event: EventView): boolean => (typeof expected === 'function' ? expected(event.text, event) : expected === event.text);

/** Each of these values, and no other. */
const holds = (expected: Record<string, unknown>, data: Record<string, unknown>): boolean =>
  Object.keys(data).every((key) => Object.hasOwn(expected, key)) && Object.entries(expected).every(([key, value]) => fits(value, data[key]));
const fits = (expected: unknown, value: unknown): boolean =>
  typeof expected === 'function' ? (expected as (of: unknown) => boolean)(value) : isSameData(expected, value);
