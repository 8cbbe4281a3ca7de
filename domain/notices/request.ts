/** A request for a person, and the notices about it. Times are plan time. */
import { z } from 'zod';
import { addressShape } from '../address.ts';
import { planMs } from '../views/instants.ts';
import { actionSchema, type Action } from './action.ts';

export const requestKinds = [
  'signOff',
  'evidence',
  'metrics',
  'preview',
  'rejection',
  'date',
  'liftHold',
  'review',
  'tune',
  'rollback',
  'question',
  'freezeExpiry',
  'dependency',
  'certification',
  'riskExpiry',
  'claim',
  'claimExpiry',
  'claimProblem',
  'cancelled',
  'overruled',
  'withoutAccess',
  'waitsForSystem',
] as const;
export type RequestKind = (typeof requestKinds)[number];

/** Told, and not asked: nothing about it is open. */
export const toldOnly = ['overruled'] as const satisfies RequestKind[];

/** Waiting for others' notices would leave access that should go, or work that has stopped. */
export const urgentKinds: readonly RequestKind[] = ['rollback', 'dependency', 'claimProblem', 'cancelled', 'withoutAccess', 'waitsForSystem'];

/** What someone has to do. The same `key` is the same request, however often it is found open. */
export interface PersonRequest {
  key: string;
  kind: RequestKind;
  package?: string;
  /** Who is asked first. */
  to: string[];
  /** Notified next: delegates who may currently answer instead. */
  delegates: string[];
  /** When an answer is needed. */
  byMs?: number;
  /** For people, in one or two sentences: who must do what, by when. */
  text: string;
  /** How to answer. */
  action: Action;
  urgent: boolean;
}

/** Why a notice is sent: the request is new, nobody answered in time, or it is overdue. */
export const noticeLevels = ['first', 'delegate', 'onCall', 'overdue'] as const;
export type NoticeLevel = (typeof noticeLevels)[number];

/** As recorded and sent. Its address is the subject of the request. `id` contains no personal data. */
export const notice = z.strictObject({
  id: z.string(),
  ...addressShape,
  kind: z.enum(requestKinds),
  level: z.enum(noticeLevels).describe('why it was sent: first notice, escalation because nobody answered, or overdue'),
  to: z.array(z.string()).describe('person ids'),
  openedAtMs: planMs,
  byMs: planMs.exactOptional().describe('when an answer is needed; plan time'),
  text: z.string(),
  action: actionSchema.describe('how to answer'),
});
export type Notice = z.output<typeof notice>;

/** What is needed, short enough for a list or a subject line. */
export const requestWords: Record<RequestKind, string> = {
  signOff: 'sign-off needed',
  evidence: 'evidence needed',
  metrics: 'metrics cannot be read',
  preview: 'preview failed',
  rejection: 'rejected',
  date: 'go-live date needed',
  liftHold: 'approval needed to lift a hold',
  review: 'review needed',
  tune: 'tune proposed',
  rollback: 'rollback proposed',
  question: 'decision needed',
  freezeExpiry: 'freeze ends soon',
  dependency: 'rollback blocked',
  certification: 'certification due',
  riskExpiry: 'risk acceptance expires',
  claim: 'access claimed',
  claimExpiry: 'claim ends soon',
  claimProblem: 'access could not be revoked',
  cancelled: 'cancelled in Temporal',
  overruled: 'applied without your consent',
  withoutAccess: 'somebody holds neither access',
  waitsForSystem: 'a system is waited for',
};

/** As a list has it: neither answered nor withdrawn by a revision. */
export const isOpen = ({ answeredAtMs, withdrawn }: { answeredAtMs?: number; withdrawn?: object }): boolean =>
  answeredAtMs === undefined && withdrawn === undefined;
