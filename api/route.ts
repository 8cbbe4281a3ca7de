/** A route: one value from which the server, the OpenAPI document and docs/http-api.md are made. */
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Reading } from '../domain/authority/who-reads.ts';
import type { Caller } from '../domain/site/caller.ts';
import type { FailingWorkflow } from '../settings/failing-workflows.ts';
import type { CurrentSite } from '../settings/site.ts';
import type { AppliedReader, MessageWriter, DraftWriter, RevisionWriter, SessionStore } from '../store/contract.ts';
import type { BoardStates } from './board/states.ts';
import type { DemoTokens } from './demo-tokens.ts';
import type { Engine, ListedExecution } from './engine.ts';
import type { ErrorCode } from './errors.ts';
import type { Cursors } from './lists/cursors.ts';
import type { Resends } from './notices/resends.ts';
import type { Listings } from './packages/list/listings.ts';
import type { ReleasedGrants } from './packages/released-grants.ts';
import type { PlanReader } from './plans/plan-reader.ts';
import type { Outlet, Streams } from './live/streams.ts';
import type { Planned } from './planned-waves.ts';
import type { Questions } from './questions.ts';
import type { Readings } from './readings.ts';
import type { Reads } from './readers.ts';
import type { Sealer } from './seal.ts';
import type { Authentication, SignedIn } from './sessions/authenticate.ts';
import type { PublicAddress } from './sessions/public-address.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { PlanPeople } from './sign-in/plan-people.ts';
import type { Provider } from './sign-in/provider.ts';

/** The dependencies of routes; created once at the start. */
export interface Services {
  store: AppliedReader & RevisionWriter & DraftWriter & MessageWriter & SessionStore;
  engine: Engine;
  sealer: Sealer;
  cursors: Cursors;
  /** How often a notice may be sent again. */
  resends: Resends;
  /** Reads plans outside this thread. */
  plans: PlanReader;
  /** The site file, as it is now. */
  site: CurrentSite;
  authentication: Authentication;
  sessions: Sessions;
  address: PublicAddress;
  /** People with a browser sign in there; undefined where it is not set. */
  provider?: Provider;
  people: PlanPeople;
  /** Where the pages are as they were built; web/dist where it is not named. */
  pagesFolder?: string;
  /** Base address of workflows in Temporal's UI. */
  temporalUi?: string;
  /** Waves and packages whose workflow tasks fail, as of half a minute ago at most. */
  failing(): Promise<FailingWorkflow[]>;
  /** It runs and did not answer: it is among those that are looked at next. */
  suspect(workflowId: string): void;
  readings: Readings;
  /** Of waves and packages, as the board shows them. */
  states: BoardStates;
  /** What lists need of plans. */
  planned: Planned;
  /** What Temporal lists of the waves of these plans; those who ask for the same at the same time share the answer. */
  startedWaves(plans: string[]): Promise<ListedExecution[]>;
  /** Who follows what changes. */
  streams: Streams;
  /** What Temporal lists of packages, for the pages of one list. */
  listings: Listings;
  grants: ReleasedGrants;
  /** What people ask workers and wait for. */
  questions: Questions;
  /** Only in a demonstration. */
  demoTokens?: DemoTokens;
  /** How long an update may take before the same message is sent as a signal; milliseconds. */
  answerWithinMs: number;
  /** How long a simulation may take; milliseconds. */
  workerWithinMs: number;
  /** How long a client may take to read an answer; a minute where it is absent. */
  readWithinMs?: number;
  log: Logger;
}

export interface Asked<B, Q> {
  /** The ids in the path, validated. */
  params: Record<string, string>;
  query: Q;
  body: B;
  /** Person id, as authenticated; empty on open routes. */
  by: string;
  /** The same person, with their groups. */
  caller: Caller;
  signedIn: SignedIn;
  /** For answers that go on: whether the same token or session would be accepted now. Throws as at the start, and resolves to false for another person. */
  stillSignedIn(): Promise<boolean>;
  /** What they may read of the plan in the path; nothing where the path names none. */
  reading: Reading;
  /** Aborted once the answer was sent, or nobody waits for it any more. */
  gone: AbortSignal;
  header(name: string): string | undefined;
  /** Whether the connection comes from this machine, by its socket and by the host name in the request. */
  fromThisMachine: boolean;
}

export interface Answer {
  status: number;
  body: unknown;
  /** The body as JSON, where it is written already. */
  json?: Uint8Array;
  headers?: Record<string, string>;
  /** Goes on after the answer has begun, in place of `body`, until `gone` of the request. */
  stream?(outlet: Outlet): Promise<void>;
}

export interface Route<B = unknown, Q = unknown> {
  method: 'get' | 'post';
  /** Express form, `/v1/waves/:plan/:wave`. */
  path: string;
  group: 'service' | 'board' | 'plans' | 'waves' | 'packages' | 'notices' | 'events';
  summary: string;
  /** Who may read it. For `anyone` it needs no token; for all others it is checked before the route is handled. */
  reads: Reads;
  /** Body: a JSON schema, or YAML text. None: the route takes no body. */
  body?: z.ZodType<B> | 'yaml';
  /** Bytes; 32 KiB by default. */
  bodyLimit?: number;
  query?: z.ZodType<Q>;
  /** Why this endpoint does not offer it, as a sentence; undefined where it does. */
  missing?(services: Services): string | undefined;
  /** Request headers in addition to Authorization. */
  headers?: Record<string, string>;
  /** `type`: of an answer that is not JSON. */
  answers: Record<number, { what: string; schema: z.ZodType; type?: 'text/event-stream' }>;
  /** Errors of this route in addition to those of every route. */
  problems: ErrorCode[];
  handle(asked: Asked<B, Q>, services: Services): Promise<Answer>;
}

/** Keeps a route's types for its handler, and drops them for the list of all routes. */
export const defineRoute = <B = undefined, Q = undefined>(route: Route<B, Q>): Route => route;
