/** A request for a person, and the notices that tell people of it. Times are plan time. */

export const requestKinds = [
  'signOff',
  'evidence',
  'expiry',
  'date',
  'liftHold',
  'tune',
  'rollback',
  'question',
  'dependency',
  'certification',
  'review',
  'cancelled',
] as const;
export type RequestKind = (typeof requestKinds)[number];

/** What somebody has to do. The same `key` is the same request, however often it is found open. */
export interface PersonRequest {
  key: string;
  kind: RequestKind;
  package?: string;
  /** Who is asked first. */
  to: string[];
  /** Told next: delegates of whoever is asked who may answer now. */
  delegates: string[];
  /** When an answer is needed. */
  byMs?: number;
  /** One sentence for people: what it is about. */
  text: string;
  /** With which it is answered. */
  command: string;
  urgent: boolean;
}

/** Why this notice goes out: the request is new, nobody answered in time, or its time has run out. */
export type NoticeLevel = 'first' | 'delegate' | 'onCall' | 'overdue';

/** As it is recorded, and sent. `id` names no person. */
export interface Notice {
  id: string;
  plan: string;
  wave: string;
  package?: string;
  kind: RequestKind;
  level: NoticeLevel;
  to: string[];
  openedAtMs: number;
  byMs?: number;
  text: string;
  command: string;
}

/** That a request needs nobody any more. `notices`: all that went out about it. */
export interface Answered {
  notices: string[];
  atMs: number;
}
