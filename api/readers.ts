/** Who may read what a route answers, or ask for what it does: every route declares one of these. */
import type { ErrorCode } from './errors.ts';

interface Readers {
  /** For people, in the documentation. */
  who: string;
  /** With which errors others are answered. */
  problems: ErrorCode[];
}

export const readers = {
  anyone: { who: 'anyone, without a token', problems: [] },
  token: { who: 'anyone with a token', problems: [] },
  self: { who: 'anyone with a token or a session, about themselves', problems: [] },
  rows: { who: 'anyone with a token; the list has only what they may read', problems: [] },
  plan: { who: 'those who see the plan; in full where they act, otherwise counts and states', problems: ['unknown-plan'] },
  package: { who: 'those who act for the package', problems: ['unknown-plan', 'not-a-reader'] },
  actors: {
    who: 'those who act for the package, or for a message to a wave anywhere in the plan; the message decides which of them may send it',
    problems: ['unknown-plan', 'not-authorized'],
  },
  appliers: { who: 'those whom the site lets apply the plan', problems: ['not-an-applier'] },
  operators: { who: 'operators of the plan', problems: ['not-an-operator'] },
} as const satisfies Record<string, Readers>;
export type Reads = keyof typeof readers;
