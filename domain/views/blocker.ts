/** What prevents the release of a package: the code and its fields for programs, `text` for people. */
import { z } from 'zod';
import { readinessItems } from '../plan/schema.ts';
import { planMs } from './instants.ts';
import { stop } from './stop.ts';

const blocked = <T extends string, F extends z.ZodRawShape>(code: T, fields: F) => z.strictObject({ code: z.literal(code), text: z.string(), ...fields });

/** A wave of the plan that must be released first. */
export const earlierWave = blocked('earlierWave', {
  wave: z.string(),
  why: z.enum(['notInPlan', 'aborted', 'notReleased']),
  packages: z.array(z.string()).describe('the packages that it has not released yet'),
});
export type EarlierWave = z.output<typeof earlierWave>;

export const blocker = z.discriminatedUnion('code', [
  blocked('evidence', { item: z.enum(readinessItems), person: z.string().describe('who is asked for it') }),
  blocked('metrics', {}),
  /** Not taken yet. */
  blocked('preview', {}),
  blocked('previewFailed', { problem: z.string() }),
  blocked('signOff', { person: z.string() }),
  /** Separation of duties: someone else must approve it too. */
  blocked('anotherSigner', { people: z.array(z.string()).describe('who may; empty: nobody in the plan') }),
  blocked('rejected', { person: z.string() }),
  blocked('date', {}),
  blocked('hold', { approvals: z.int().describe('how many more are needed'), people: z.array(z.string()).describe('who may give one') }),
  earlierWave,
  ...stop.options,
]);
export type Blocker = z.output<typeof blocker>;

const held = <T extends string, F extends z.ZodRawShape>(code: T, fields: F) => blocked(code, { atMs: planMs, ...fields });

/** Why a package did not go live on its date and waits for a new date. */
export const heldBack = z.discriminatedUnion('code', [
  held('person', { by: z.string() }),
  held('notReady', { blockers: z.array(blocker) }),
  /** The wave goes live together, and these packages were not ready or may not go live. */
  held('together', { packages: z.array(z.string()) }),
  held('buildsOn', { packages: z.array(z.string()) }),
  /** Ready, but its go-live window ended before it could be released. */
  held('late', {}),
  held('blackout', { blackout: z.string(), untilMs: planMs }),
  /** The systems have changed since it was signed: more would be granted or revoked than people saw. */
  held('wider', { changes: z.int() }),
  /** A rule of the plan stops it, as the systems are now. */
  held('stopped', { stops: z.array(stop) }),
  /** A system refused it for good, or its release was refused before anything was granted. */
  held('refused', {}),
]);
export type HeldBack = z.output<typeof heldBack>;
/** Before it gets its instant. */
export type HeldBackReason = HeldBack extends infer H ? (H extends HeldBack ? Omit<H, 'atMs'> : never) : never;
