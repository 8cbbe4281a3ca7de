/** What workflows record and the store keeps: accepted messages, events, the final record of each workflow, and requests for people. */
import type { Notice } from './notices/request.ts';
import type { EvaluationView } from './views/evaluation.ts';
import type { EventView } from './views/event.ts';

/** Its id is `<workflow id>#<step>`, never the run's; its address is what it is about: a wave's event may be about one of its packages. */
export type AuditEvent = EventView;

/** An evaluation before the store has numbered it. */
export type NewEvaluation = Omit<EvaluationView, 'number'>;

/** A request no longer needs an answer. `notices`: all notices sent about it. `revision`: the one since which it is no longer asked, so nobody answered it. */
export interface Answered {
  notices: string[];
  atMs: number;
  revision?: number;
}

/**
 * Of one event or notice, in bytes of JSON, and of one evaluation or final record: many times what Rolewave writes. One that is larger is not recorded,
 * and a row of the store that is larger is left out, as every other row that is not in its form: a page of them would not fit into an endpoint's memory.
 */
export const mostOfEvent = 256 * 1024;
export const mostOfRecord = 4 * 1024 * 1024;

/** Written in one transaction; every part is idempotent by the ids inside. */
export interface RecordBatch {
  /** Accepted messages as received (compact JWS); the store's copy is what effects are checked against, and its clock says when they were accepted. */
  messages: { jws: string }[];
  events: AuditEvent[];
  /** The final record of a workflow, or the state of a package, for lists to read after it has closed. */
  finals: { workflowId: string; state: unknown }[];
  /** Requests for people: new notices, and those that no longer need an answer. */
  notices: Notice[];
  answered: Answered[];
  /** Evaluations that could not be taken at all; every other one is written by the activity that takes it. */
  evaluations: NewEvaluation[];
}

/** Empty when absent. */
export const recordBatch = (parts: Partial<RecordBatch> = {}): RecordBatch => ({
  messages: [],
  events: [],
  finals: [],
  notices: [],
  answered: [],
  evaluations: [],
  ...parts,
});

/** What is in `first`, and then what is in `second`. */
export const bothBatches = (first: RecordBatch, second: RecordBatch): RecordBatch => ({
  messages: [...first.messages, ...second.messages],
  events: [...first.events, ...second.events],
  finals: [...first.finals, ...second.finals],
  notices: [...first.notices, ...second.notices],
  answered: [...first.answered, ...second.answered],
  evaluations: [...first.evaluations, ...second.evaluations],
});

/** `recipient`: a person's id; '' for a channel that has no recipients of its own. */
export interface Delivery {
  channel: string;
  recipient: string;
}
