/**
 * Every message that changes a wave's or a package's state: its name, its payload, and the envelope that carries it.
 *
 * A message travels as one compact JWS string (RFC 7515), both as a signal and as an update of the same name; its payload is a
 * `SealedMessage`. Both paths end in one reducer, which verifies, authorizes and deduplicates by `id`.
 *
 * A message expires: until then a workflow remembers its id, and later nobody can send it again.
 */
import { z } from 'zod';
import { addressShape, addressText, type Address } from './address.ts';
import { answerNames } from './authority/open-answer.ts';
import { personId } from './plan/fields.ts';
import { instantText } from './time/instant.ts';
import { readinessItems } from './plan/schema.ts';
import { durationMs, instantMs } from './time/written.ts';
import { tuneFields, tuneSchema } from './tune/tune.ts';

const reason = z.string().trim().min(1).max(2_000);
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 digest in lowercase hex');
const person = personId;
/** Grants that one claim keeps. It is for the few without which work stops; who needs more declines the rollback. */
export const mostClaimed = 100;

/**
 * A newer revision of the plan. The section itself travels next to the envelope and must have this digest. `administrator`: the sender is no operator, and
 * applied it as a site administrator for this reason; the endpoint, which seals the message, has checked that.
 */
const revise = z.strictObject({ revision: z.number().int().positive(), sectionDigest: digest, administrator: reason.optional() });

/** The bodies of messages to a `wave`. `package` in the envelope names the package that a message is about, if any. */
export const waveMessageBodies = {
  /** `withdraw`: the person's own earlier decision counts no longer. */
  signOff: z.strictObject({ decision: z.enum(['approve', 'reject', 'withdraw']), planDigest: digest, previewDigest: digest, reason: reason.optional() }),
  /** `expiresMs`: plan time. A waived item needs a reason. */
  evidence: z.strictObject({
    item: z.enum(readinessItems),
    reference: reason,
    expiresMs: instantMs.optional(),
    waived: z.boolean().default(false),
    tookMs: durationMs.optional(),
  }),
  note: z.strictObject({ text: reason }),
  holdBack: z.strictObject({ reason }),
  /** A date for a wave, or for one of its packages; plan time. During a blackout it needs the reason why it goes live anyway. */
  setDate: z.strictObject({ goLiveMs: instantMs, despiteBlackout: reason.optional() }),
  /**
   * One of the approvals that lift a hold. `pilot` narrows the people; all approvals must name the same people. `since`: the revision since which the wave is held
   * as it was shown, if that is recorded; the lift counts for nothing else.
   */
  liftHold: z.strictObject({ goLiveMs: instantMs, pilot: z.array(person).min(1).optional(), reason, since: z.number().int().positive().optional() }),
  abort: z.strictObject({ reason }),
  review: z.strictObject({
    successes: reason,
    challenges: reason,
    improvements: reason,
    actions: z
      .array(z.strictObject({ what: reason, owner: person }))
      .max(100)
      .default([]),
  }),
  revise,
} as const;

/** The bodies of messages to a `rolePackage`. */
export const packageMessageBodies = {
  evaluate: z.strictObject({}),
  extend: z.strictObject({
    byMs: durationMs.max(366 * 86_400_000, 'is out of range: a watch can be extended by at most 366d'),
    reason,
  }),
  pause: z.strictObject({ reason }),
  resume: z.strictObject({}),
  tune: z.strictObject({ ...tuneFields, reason }),
  /** Proposes a rollback; it runs once its dependency check is clear and it is approved. */
  rollback: z.strictObject({ reason }),
  /**
   * Answers the open proposal: `approve` (a rollback with `people`: only theirs), `freeze` (access is kept and nothing more is granted, until
   * `untilMs` in plan time or until someone decides), `finish` (a question: grant what is still missing of what was signed), `decline`, or `afterBlackout` (it is proposed again then).
   * `proposal`, `kind` and, for a tune, `tune` repeat what is proposed. The answer counts for exactly that.
   */
  decide: z
    .strictObject({
      proposal: z.string().min(1).max(200),
      kind: z.enum(['tune', 'rollback', 'question']),
      tune: tuneSchema.optional(),
      answer: z.enum(answerNames),
      people: z.array(person).min(1).optional(),
      untilMs: instantMs.optional(),
      reason,
    })
    .refine(({ kind, tune }) => (kind === 'tune') === (tune !== undefined), {
      path: ['tune'],
      message: "is required when answering a tune, and not allowed otherwise: repeat the proposal's tune",
    }),
  /** The owner accepts what a role may do now, as the last evaluation found it: this content becomes the reviewed one. */
  acceptContent: z.strictObject({ system: z.string().min(1).max(63), role: z.string().min(1).max(1_000), digest, reason }),
  /**
   * A second owner keeps these grants through a rollback, until `untilMs` (plan time). Another claim of the same person on a grant replaces the earlier one:
   * so it is renewed.
   */
  claim: z.strictObject({
    grants: z
      .array(z.strictObject({ system: z.string().min(1).max(63), role: z.string().min(1).max(1_000), person }))
      .min(1)
      .max(mostClaimed),
    untilMs: instantMs,
    reason,
  }),
  /** The claimant no longer needs it, or the owner of the package contests it. `claim`: the id of the message that made it. */
  endClaim: z.strictObject({ claim: z.string().min(8).max(100), reason }),
  /** The owner confirms that a package is still needed as it is. `riskUntilMs` (plan time): its risk is accepted until then. */
  certify: z.strictObject({ reason, riskUntilMs: instantMs.optional() }),
  /** As for a wave. From it a released package only takes who is asked, who may act, and the blackouts. */
  revise,
  abort: z.strictObject({ reason }),
  note: z.strictObject({ text: reason }),
} as const;

/** The bodies of messages about a plan as a whole. No workflow takes them: the endpoint seals them, and the store keeps them. */
export const planMessageBodies = {
  /** Who loses the right to decide by this document agrees that it becomes this revision. */
  consent: z.strictObject({ revision: z.number().int().positive(), digest }),
  /** The endpoint stored this revision. `digest`: of the document; `deciders`: of who decides by it; `record`: of what is recorded with it. */
  apply: z.strictObject({ revision: z.number().int().positive(), digest, deciders: digest, record: digest }),
} as const;

export type WaveMessageType = keyof typeof waveMessageBodies;
export type PackageMessageType = keyof typeof packageMessageBodies;
export type MessageType = WaveMessageType | PackageMessageType;
export const waveMessageTypes = Object.keys(waveMessageBodies) as WaveMessageType[];
export const packageMessageTypes = Object.keys(packageMessageBodies) as PackageMessageType[];

/** Types that an effect is checked against: whether something is granted, retired, tuned or rolled back. The others are notes, and when a watch is paused, ends or evaluates. */
export const decidingTypes = [
  'signOff',
  'evidence',
  'holdBack',
  'setDate',
  'liftHold',
  'abort',
  'tune',
  'rollback',
  'decide',
  'acceptContent',
  'claim',
  'endClaim',
] as const satisfies MessageType[];
/** Of these, what stops or undoes a release, or answers what it asks: nobody is kept from it by the number of their other messages. */
const stoppingTypes: readonly MessageType[] = ['abort', 'rollback', 'decide', 'endClaim'];
/**
 * How many one person sends about one package, or about one wave as a whole, of all types that are counted together: they are read and verified before each
 * effect.
 */
export const countedTogether: readonly { types: readonly MessageType[]; most: number }[] = [
  { types: [...decidingTypes.filter((type) => !stoppingTypes.includes(type)), 'review'], most: 1_000 },
  { types: stoppingTypes, most: 5_000 },
];

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/**
 * How long a message counts after it was sealed; real time, milliseconds. `usual`: for one that is decided at once. `waiting`: for one that the engine keeps
 * until a worker runs, which may be days. `most`: no message may say more.
 */
export const validFor = { usual: 15 * minuteMs, waiting: 30 * dayMs, most: 31 * dayMs } as const;
const recordedWithinMs = 7 * dayMs;
/** How far apart the clocks of the sealing process and of Temporal may be. */
export const clockToleranceMs = 5 * minuteMs;

const envelope = {
  /** Chosen by the sender (UUID). The same id is the same message, however often and by whichever path it arrives. */
  id: z.string().regex(/^[\x21-\x7e]{8,100}$/, 'is 8 to 100 visible ASCII characters'),
  ...addressShape,
  /** Person id of the plan, as authenticated by the signer of the envelope. */
  by: person,
  /** When the sender sealed it; real time, milliseconds. */
  atMs: instantMs,
  /** Until when it counts; real time, milliseconds. */
  expiresMs: instantMs,
};

const messageOf = <T extends z.ZodType<string>, B extends z.ZodType>(type: T, body: B) =>
  z
    .strictObject({ ...envelope, type, body })
    .refine((message) => message.package === undefined || message.wave !== undefined, {
      path: ['wave'],
      message: 'is missing: a package always belongs to a wave',
    })
    .refine(({ atMs, expiresMs }) => expiresMs > atMs && expiresMs <= atMs + validFor.most, {
      path: ['expiresMs'],
      message: 'is out of range: a message expires after it was sealed, and at most 31 days later',
    });

/** One sealed message: who says what, to which address. */
export interface SealedMessage<T extends string = string, B = unknown> extends Address {
  id: string;
  by: string;
  atMs: number;
  expiresMs: number;
  type: T;
  body: B;
}
/** Of any type: what can be read without knowing which messages its workflow accepts. */
export const sealedMessageSchema = messageOf(z.string().min(1).max(100), z.unknown()) as unknown as z.ZodType<SealedMessage>;

type Bodies = Record<string, z.ZodType>;
export type MessagesOf<B extends Bodies> = { [T in keyof B & string]: SealedMessage<T, z.output<B[T]>> }[keyof B & string];
export type MessageSchemas<M extends SealedMessage> = Record<M['type'], z.ZodType<M>>;

/** The whole-message schemas, by type, of a workflow that accepts messages with these bodies. Its inbox is built from them. */
export const messageSchemas = <B extends Bodies>(bodies: B): MessageSchemas<MessagesOf<B>> =>
  Object.fromEntries(Object.entries(bodies).map(([type, body]) => [type, messageOf(z.literal(type), body)])) as unknown as MessageSchemas<MessagesOf<B>>;

export type WaveMessage = MessagesOf<typeof waveMessageBodies>;
export type PlanMessage = MessagesOf<typeof planMessageBodies>;
export type PackageMessage = MessagesOf<typeof packageMessageBodies>;
export type Message = WaveMessage | PackageMessage;
export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;

export const waveMessageSchemas = messageSchemas(waveMessageBodies);
export const packageMessageSchemas = messageSchemas(packageMessageBodies);
export const planMessageSchemas = messageSchemas(planMessageBodies);

/** When a message is sealed, and until when it counts. */
export const validFrom = (atMs: number, validMs: number) => ({ atMs, expiresMs: atMs + validMs });

/** Why a message does not count now, by its own dates; real time. Undefined: it does. */
export function untimely({ atMs, expiresMs }: Pick<SealedMessage, 'atMs' | 'expiresMs'>, nowMs: number): { code: RefusalCode; message: string } | undefined {
  if (nowMs > expiresMs + clockToleranceMs)
    return { code: 'message-expired', message: `this message was sealed on ${instantText(atMs)} and counted until ${instantText(expiresMs)}: send a new one` };
  if (nowMs < atMs - clockToleranceMs)
    return {
      code: 'message-expired',
      message: `this message was sealed on ${instantText(atMs)}, and it is only ${instantText(nowMs)}: check the clock of the machine that sealed it`,
    };
  return undefined;
}

/**
 * Whether a recorded message was accepted while it counted. A message is recorded after it was accepted: later, by as much as the store was out of reach, and
 * nothing that was accepted is lost for that (R5).
 */
export const acceptedInTime = ({ atMs, expiresMs }: Pick<SealedMessage, 'atMs' | 'expiresMs'>, acceptedAtMs: number): boolean =>
  acceptedAtMs >= atMs - clockToleranceMs && acceptedAtMs <= expiresMs + clockToleranceMs + recordedWithinMs;

/** The answer of a reducer. `code` is stable and is in the API's error catalog. `message` says what to do. */
export type Acknowledgment = { accepted: true; id: string; duplicate?: boolean } | { accepted: false; id: string; code: RefusalCode; message: string };

export const refusalCodes = [
  'malformed',
  'bad-signature',
  'unknown-key',
  'wrong-address',
  'not-authorized',
  'unknown-package',
  'stale-digest',
  'not-previewed',
  'wrong-stage',
  'expired',
  'missing-field',
  'unknown-proposal',
  'already-decided',
  'already-proposed',
  'older-revision',
  'not-on-hold',
  'pilot-mismatch',
  'in-the-past',
  'second-person-needed',
  'blackout',
  'rejected-by-owner',
  'stale-content',
  'message-expired',
  'too-many-refused',
  'claim-out-of-range',
  'unknown-claim',
  'contested',
  'last-holder',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Workflow types, queries and ids: everything that a client needs in addition to the messages. */
export const workflowTypes = {
  wave: 'wave',
  rolePackage: 'rolePackage',
  simulation: 'simulation',
  metricTrial: 'metricTrial',
  rollbackPreview: 'rollbackPreview',
  notice: 'notice',
} as const;
/** The first by name, because that is the one that Temporal's UI offers. */
export const stateQuery = 'currentState';
/** How one message was decided, by its id. */
export const messageStatusQuery = 'messageStatus';
/** What a package released, in the form that its activities receive. */
export const releaseQuery = 'release';
export const waveWorkflowId = (plan: string, wave: string) => addressText({ plan, wave });
export const packageWorkflowId = (plan: string, wave: string, rolePackage: string) => addressText({ plan, wave, package: rolePackage });
export const systemTaskQueue = (system: string) => `system.${system}`;
/** Undefined: it is the queue of no system. */
export const systemOfQueue = (queue: string): string | undefined =>
  queue.startsWith(systemTaskQueue('')) ? queue.slice(systemTaskQueue('').length) : undefined;
export const engineTaskQueue = 'rolewave';
/** Where workflows record, and ask which keys are trusted: nothing that may take long is before it. */
export const recordsTaskQueue = 'rolewave.records';
/** Where the statements of metrics are asked. */
export const measuringTaskQueue = 'rolewave.measuring';
/** Where the workflows of notices run, and their activities: however many there are, nothing else waits behind them. */
export const noticesTaskQueue = 'rolewave.notices';
