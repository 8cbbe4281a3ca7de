/**
 * Every message that changes a wave's or a package's state: its name, its payload, and the envelope that carries it.
 *
 * A message travels as one compact JWS string (RFC 7515), both as a signal and as an update of the same name; its payload is a
 * `SealedMessage`. Both roads end in one reducer, which verifies, authorizes and deduplicates by `id`.
 */
import { z } from 'zod';
import { addressShape, addressText, type Address } from './address.ts';
import { readinessItems } from './plan/schema.ts';
import { durationMs, instantMs } from './time/written.ts';
import { tuneFields, tuneSchema } from './tune/tune.ts';

const reason = z.string().trim().min(1).max(2_000);
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 digest in lower-case hex');
const person = z.string().min(1).max(63);

/** A newer revision of the plan; the section itself travels beside the envelope and must have this digest. */
const revise = z.strictObject({ revision: z.number().int().positive(), sectionDigest: digest });

/** What each message to a `wave` says. `package` in the envelope names the package that it is about, where it is about one. */
export const waveMessageBodies = {
  signOff: z.strictObject({ decision: z.enum(['approve', 'reject']), planDigest: digest, previewDigest: digest, reason: reason.optional() }),
  /** `expiresMs`: plan time. A waived item needs its reason. */
  evidence: z.strictObject({
    item: z.enum(readinessItems),
    reference: reason,
    expiresMs: instantMs.optional(),
    waived: z.boolean().default(false),
    tookMs: durationMs.optional(),
  }),
  note: z.strictObject({ text: reason }),
  holdBack: z.strictObject({ reason }),
  /** A date for a wave, or for one of its packages; plan time. Within a blackout only with the reason why it goes ahead all the same. */
  setDate: z.strictObject({ goLiveMs: instantMs, despiteBlackout: reason.optional() }),
  /** One of the approvals that a hold needs; `pilot` narrows the people, and all approvals must name the same. */
  liftHold: z.strictObject({ goLiveMs: instantMs, pilot: z.array(person).min(1).optional(), reason }),
  abort: z.strictObject({ reason }),
  review: z.strictObject({
    successes: reason,
    challenges: reason,
    improvements: reason,
    actions: z.array(z.strictObject({ what: reason, owner: person })).default([]),
  }),
  revise,
} as const;

/** What each message to a `rolePackage` says. */
export const packageMessageBodies = {
  evaluate: z.strictObject({}),
  extend: z.strictObject({
    byMs: durationMs.max(366 * 86_400_000, 'is out of range: a watch is extended by at most 366d'),
    reason,
  }),
  pause: z.strictObject({ reason }),
  resume: z.strictObject({}),
  tune: z.strictObject({ ...tuneFields, reason }),
  /** Proposes a rollback; it runs once its dependency check is clear and it is approved. */
  rollback: z.strictObject({ reason }),
  /**
   * Answers the open proposal: `approve` (of a rollback, with `people`, theirs only), `freeze` (access is kept and nothing more is granted, until
   * `untilMs` of plan time or until somebody decides), `decline`, or `afterBlackout` (it is proposed again then).
   * `proposal`, `kind` and, of a tune, `tune` repeat what is proposed: the answer counts for exactly that.
   */
  decide: z
    .strictObject({
      proposal: z.string().min(1).max(200),
      kind: z.enum(['tune', 'rollback', 'question']),
      tune: tuneSchema.optional(),
      answer: z.enum(['approve', 'freeze', 'decline', 'afterBlackout']),
      people: z.array(person).min(1).optional(),
      untilMs: instantMs.optional(),
      reason,
    })
    .refine(({ kind, tune }) => (kind === 'tune') === (tune !== undefined), {
      path: ['tune'],
      message: "belongs to the answer to a tune, and to no other: repeat the proposal's",
    }),
  /** The owner's word that a package is still needed as it is; `riskUntilMs` (plan time): and that its risk is accepted until then. */
  certify: z.strictObject({ reason, riskUntilMs: instantMs.optional() }),
  /** As to a wave: of it, a released package takes who is asked, who may act and when nothing changes by itself. */
  revise,
  abort: z.strictObject({ reason }),
  note: z.strictObject({ text: reason }),
} as const;

export type WaveMessageType = keyof typeof waveMessageBodies;
export type PackageMessageType = keyof typeof packageMessageBodies;
export type MessageType = WaveMessageType | PackageMessageType;
export const waveMessageTypes = Object.keys(waveMessageBodies) as WaveMessageType[];
export const packageMessageTypes = Object.keys(packageMessageBodies) as PackageMessageType[];

const envelope = {
  /** Chosen by the sender (UUID); the same id is the same message, however often and by whichever road it arrives. */
  id: z.string().min(8).max(100),
  ...addressShape,
  /** Person id of the plan, as authenticated by whoever signed the envelope. */
  by: person,
  /** Real time, milliseconds, when the sender sealed it. */
  atMs: z.number().int(),
};

const messageOf = <T extends z.ZodType<string>, B extends z.ZodType>(type: T, body: B) =>
  z.strictObject({ ...envelope, type, body }).refine((message) => message.package === undefined || message.wave !== undefined, {
    path: ['wave'],
    message: 'is missing: a package is always one of a wave',
  });

/** One message as it was sealed: who says what, to which address. */
export interface SealedMessage<T extends string = string, B = unknown> extends Address {
  id: string;
  by: string;
  atMs: number;
  type: T;
  body: B;
}
/** Of any type: what can be read of a message without knowing what its workflow takes. */
export const sealedMessageSchema = messageOf(z.string().min(1).max(100), z.unknown()) as unknown as z.ZodType<SealedMessage>;

type Bodies = Record<string, z.ZodType>;
export type MessagesOf<B extends Bodies> = { [T in keyof B & string]: SealedMessage<T, z.output<B[T]>> }[keyof B & string];
export type MessageSchemas<M extends SealedMessage> = Record<M['type'], z.ZodType<M>>;

/** The whole-message schemas of a workflow that takes messages with these bodies, by type; its inbox is made with them. */
export const messageSchemas = <B extends Bodies>(bodies: B): MessageSchemas<MessagesOf<B>> =>
  Object.fromEntries(Object.entries(bodies).map(([type, body]) => [type, messageOf(z.literal(type), body)])) as unknown as MessageSchemas<MessagesOf<B>>;

export type WaveMessage = MessagesOf<typeof waveMessageBodies>;
export type PackageMessage = MessagesOf<typeof packageMessageBodies>;
export type Message = WaveMessage | PackageMessage;
export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;

export const waveMessageSchemas = messageSchemas(waveMessageBodies);
export const packageMessageSchemas = messageSchemas(packageMessageBodies);

/** How a reducer answers. `code` is stable and stands in the API's error catalogue; `message` says what to do. */
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
  'missing-reason',
  'unknown-proposal',
  'already-decided',
  'older-revision',
  'not-on-hold',
  'pilot-mismatch',
  'in-the-past',
  'second-person-needed',
  'blackout',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Workflow types, queries and ids: all that a client needs beside the messages. */
export const workflowTypes = {
  wave: 'wave',
  rolePackage: 'rolePackage',
  simulation: 'simulation',
  rollbackPreview: 'rollbackPreview',
  notice: 'notice',
} as const;
export const stateQuery = 'state';
/** How one message was decided, by its id. */
export const messageStatusQuery = 'messageStatus';
/** What a package released, as its activities are given it. */
export const releaseQuery = 'release';
export const waveWorkflowId = (plan: string, wave: string) => addressText({ plan, wave });
export const packageWorkflowId = (plan: string, wave: string, rolePackage: string) => addressText({ plan, wave, package: rolePackage });
export const systemTaskQueue = (system: string) => `system.${system}`;
export const engineTaskQueue = 'rolewave';
