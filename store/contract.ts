/**
 * Data in PostgreSQL because it must outlive Temporal's retention or is too large for a history. Readers (the API) get `StoreReader`;
 * activities get `Store`. Every write is idempotent by its keys (R4).
 */
import type { ServerRecord } from '../domain/access/server-behaviour.ts';
import type { ProbeRecords } from '../domain/access/server-probe.ts';
import type { Address } from '../domain/address.ts';
import type { StoredContent } from '../domain/access/role-content.ts';
import type { InFull } from '../domain/authority/who-reads.ts';
import type { Taken } from '../domain/leadership/entry.ts';
import type { Asking } from '../domain/leadership/requests.ts';
import type { AuditEvent, Delivery, NewEvaluation, RecordBatch } from '../domain/records.ts';
import type { MessageType } from '../domain/messages.ts';
import type { Notice } from '../domain/notices/request.ts';
import type { Claim } from '../domain/release/claims.ts';
import type { Fact, LedgerFact } from '../domain/release/facts.ts';
import type { LedgerEntry, PairOfIds } from '../domain/release/ledger.ts';
import type { Release, ReleaseKey } from '../domain/release/releases.ts';
import type { PlaceRecords } from '../domain/site/same-place.ts';
import type { Stop } from '../domain/views/stop.ts';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Share } from '../domain/turns.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { DecidersOfWave } from '../domain/plan/digest.ts';
import type { PlanOutline } from '../domain/plan/outline.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { SimulatedContent } from '../domain/plan/simulation.ts';
import type { EvaluationView } from '../domain/views/evaluation.ts';
import type { NoticeView } from '../domain/views/notice.ts';
import type { CarriedPackageView, CarriedWavePackageView, CarriedWaveView, PlanTexts } from '../domain/views/texts.ts';
import type { PlanRow, RevisionRecord, RevisionView } from '../domain/views/revision.ts';
import type { Readable } from '../domain/readiness.ts';
import type { Baseline, DriftCounts, Evaluation, VerdictKind } from '../domain/watch/measurement.ts';

export type Revision = RevisionView;
export type RevisionHead = Omit<Revision, 'document'>;
/** What lists need of a revision. */
export interface OutlinedRevision extends Pick<Revision, 'plan' | 'number' | 'appliedAtMs' | 'clock'> {
  outline: PlanOutline;
}
/** `mac`: the code of the endpoint that made it. */
export interface KeptOutline {
  outline: Buffer;
  mac: Buffer;
}
/** The address is the sealed one. */
export interface StoredMessage extends Address {
  id: string;
  type: string;
  by: string;
  jws: string;
  acceptedAtMs: number;
}

/** A row and its unique position in the order of its table. */
export type Positioned<Row> = Row & { position: number };

/** A page of rows. `readUntil`: it ends before its limit because enough was looked at; more may come after this position. */
export interface Found<Row> {
  rows: Positioned<Row>[];
  readUntil?: number;
}

/** A row must match every given filter, by one of its values. */
export interface PageFilter {
  plan: string[];
  wave?: string[] | undefined;
  /** Only what is in full for one person. */
  inFull?: InFull | undefined;
  /** About one of these packages. */
  about?: { plan: string; package: string }[] | undefined;
  /** By the row's own instant, plan time. */
  sinceMs?: number | undefined;
  /** Case-insensitive. */
  text?: string | undefined;
  after?: number | undefined;
  limit: number;
}

/** Positions are given when a row is written and not when it is committed: a row can appear after one with a higher position. */
export interface News {
  events: Positioned<AuditEvent>[];
  evaluations: Positioned<ReleaseKey>[];
}

/** Of each evaluation, the values of its metrics; of the last one, its access drift. */
export interface LastMeasured {
  values: Record<string, number>[];
  drift: DriftCounts;
}

/** Of the final record of a wave, what lists need. */
export interface FinalWave extends Pick<CarriedWaveView, 'plan' | 'wave' | 'stage' | 'revision'> {
  /** Real time. */
  recordedAtMs: number;
  packages: Pick<CarriedWavePackageView, 'package' | 'owner' | 'team' | 'risk'>[];
}

/** Ids of systems: in which a standing release granted or retired access, and in which the latest revision of a plan does. */
export interface SystemsInUse {
  standing: string[];
  planned: string[];
}

/** A notice to one of its recipients by one channel. */
export interface NoticeMessageKey extends Delivery {
  notice: string;
}

/** How the messages of a plan take turns. */
export interface PlaceWanted {
  /** Messages of different lines are counted apart. */
  line: string;
  share: Share;
  /** Whose it is where one person gets it: an address without what makes several of one mailbox. */
  mailbox?: string;
  /** In an hour; `perMailbox` of all plans under the right. */
  most: { perPlan: number; perRight: number; perMailbox: number };
  /** Real time. */
  nowMs: number;
  /** The run that sends it again to those who have it already: each run asks for a place of its own. */
  again?: string;
}

/** Messages of a plan's open notices that wait for a later hour. Real time. */
export interface WaitingNotices {
  plan: string;
  messages: number;
  /** When the last of them is sent. */
  untilMs: number;
}

export interface StoreReader {
  plans(): Promise<PlanRow[]>;
  latestRevision(plan: string): Promise<Revision | undefined>;
  latestRevisionNumber(plan: string): Promise<number | undefined>;
  /** New revisions of these plans since `sinceMs` (real time), and the bytes that their documents take in the store. */
  revisionsSince(plans: readonly string[], sinceMs: number): Promise<{ revisions: number; bytes: number }>;
  /** Waves of a plan that have begun and not ended, each with the last revision that has it. */
  begunWaves(plan: string): Promise<{ wave: string; revision: number }[]>;
  /**
   * Of these plans and the one of `adds`: waves that have begun, or that the latest revision has, and that have not ended, and their packages that have not; and how
   * many of those of `adds` are further ones.
   */
  openWork(
    plans: readonly string[],
    adds: { plan: string; waves: readonly { wave: string; packages: readonly string[] }[] },
  ): Promise<Record<'waves' | 'packages', { open: number; added: number }>>;
  /** Of the plan's last row, sealed or not; `below`: of the last one with a smaller number. */
  /** Real time. */
  revisionAppliedAtMs(plan: string, number: number): Promise<number | undefined>;
  newestRevisionNumber(plan: string, below?: number): Promise<number | undefined>;
  revision(plan: string, number: number): Promise<Revision | undefined>;
  revisionHead(plan: string, number: number): Promise<RevisionHead | undefined>;
  /** With the outline of it that an endpoint kept, if any: as bytes that are not verified (store/kept-outlines.ts). */
  outlineOf(plan: string, number: number): Promise<{ head: RevisionHead; kept?: KeptOutline } | undefined>;
  /** The document as it is written, unread. */
  documentText(plan: string, number: number): Promise<string | undefined>;
  /** Whether this stands in the document of the revision as a text of its own, whatever it is there. */
  stands(plan: string, number: number, text: string): Promise<boolean>;
  /** Of these places, those that some revision has, each with the last one. */
  lastIn(plan: string, places: readonly { wave: string; package: string }[]): Promise<{ wave: string; package: string; revision: number }[]>;
  /** Of these packages, those that some revision has in a wave, each with the last one. */
  lastWith(plan: string, packages: readonly string[]): Promise<{ package: string; revision: number }[]>;
  /** Of the wave as a whole, the last that was recorded. */
  newestMessage(of: { plan: string; wave: string; type: MessageType }): Promise<StoredMessage | undefined>;
  /** The newest sign-offs of each of these people on a package in the other waves of its plan: a few of each, newest first. */
  newestSignOffsElsewhere(of: { plan: string; wave: string }, asked: readonly { package: string; by: string }[]): Promise<StoredMessage[]>;
  /** The sign-offs of one person on a package in the other waves of its plan, newest first. `after`: there may be older ones, from there on. */
  signOffsElsewhere(of: ReleaseKey & { by: string }, after?: number): Promise<MessagePage>;
  /** How many messages of these types a person has sent about a package, or about its wave as a whole; counted up to `most`. */
  countMessages(of: Address & { by: string; types: readonly string[] }, most: number): Promise<number>;
  /** Of these plans, those in which they have acted: applied a revision, or sent a message that was accepted. */
  actedIn(person: string, plans: readonly string[]): Promise<string[]>;
  /** Sorted. */
  systemsInUse(): Promise<SystemsInUse>;
  /** Differs when a revision, a release or a receipt was added, and only then. */
  usageMark(): Promise<string>;
  /** Names and reasons of a revision; empty where there is no such revision. */
  texts(plan: string, revision: number): Promise<PlanTexts>;
  /** A plan that was saved to be simulated. */
  draft(digest: string): Promise<Plan | undefined>;
  /** The id of the plan in it. */
  planOfDraft(digest: string): Promise<string | undefined>;
  preview(digest: string): Promise<PreviewContent | undefined>;
  /** What a rollback of this package would do in one system, for an hour after it was asked for. What was kept for another package is not found. */
  rollbackPreview(of: ReleaseKey, digest: string): Promise<RollbackPreviewPart | undefined>;
  /** Who had left its cohort by the latest answer that was believed; sorted, and empty where nobody asked. */
  leftCohort(of: ReleaseKey): Promise<string[]>;
  /** The packages of which a simulation of this draft has read something, sorted. */
  simulatedPackages(draft: string): Promise<string[]>;
  /** What it has read of one of them, by system. */
  simulated(draft: string, packageId: string): Promise<SimulatedContent[]>;
  /** Of these digests, those that are on record. */
  roleContents(digests: string[]): Promise<StoredContent[]>;
  /** A field that is left out does not filter: without a wave, the messages of the whole plan and of all its waves. */
  messages(of: {
    plan: string;
    wave?: string;
    package?: string;
    type?: string;
    id?: string;
    ids?: readonly string[];
    idFrom?: string;
  }): Promise<StoredMessage[]>;
  /** The newest 504, in order, as they were first recorded, with the lines of twenty; those that are not in their form are left out. */
  evaluations(of: ReleaseKey): Promise<EvaluationView[]>;
  /** The one that was due then for that purpose. */
  evaluation(of: EvaluationKey): Promise<EvaluationView | undefined>;
  /** The measurements of the window's evaluations that were due before this one, in order: its verdict needs them in addition to its own. `sinceMs`: the window's start. */
  evaluationsBefore(of: ReleaseKey & { sinceMs: number; dueMs: number }): Promise<Evaluation[]>;
  /** The last values of the metrics before the release of this definition of the package. */
  baseline(of: ReleaseKey & { planDigest: string }): Promise<Baseline | undefined>;
  /** One entry for each grant and each retirement of the release, derived from its facts. */
  ledger(of: ReleaseKey & { system?: string }): Promise<LedgerEntry[]>;
  /**
   * The same entries, some thousands at a time and all of an account together, so that no more of a large release has to be in memory. What is recorded
   * meanwhile may be in it or not.
   */
  eachOfLedger(of: ReleaseKey & { system?: string }, visit: (entries: LedgerEntry[]) => void | Promise<void>): Promise<void>;
  /** The systems in which the release has entries; sorted. */
  systemsInLedger(of: ReleaseKey): Promise<string[]>;
  /** Differs when the ledger of the release has more facts, or when more is known of its transactions, and only then. */
  ledgerMark(of: ReleaseKey): Promise<string>;
  /** What was recorded in one transaction of a place, by whichever releases. */
  effectsIn(place: string, transaction: string): Promise<Fact[]>;
  /**
   * The entries of all releases on these roles of a place that are about these accounts: under their names, or with a grant that has one of these ids or is of
   * an account with one of these ids. Not those about other accounts, of which there may be hundreds of thousands.
   */
  ledgerOn(of: { place: string; grants: readonly (PairOfIds & { id?: string })[] }): Promise<LedgerEntry[]>;
  /** As messages: without a wave, all events of the plan. Oldest first; `limit` keeps the newest. */
  events(of: { plan: string; wave?: string; package?: string; limit?: number }): Promise<AuditEvent[]>;
  /** Packages of which the wave's audit trail says that they were released, each once; sorted. Nothing else of its events is read. */
  recordedAsReleased(of: { plan: string; wave: string }): Promise<string[]>;
  /** The newest, oldest first: so many at most, and no more of them than take so many bytes. `cut`: there are more. */
  newestEvents(of: { plan: string; wave: string; package?: string }, most: { events: number; bytes: number }): Promise<{ events: AuditEvent[]; cut: boolean }>;
  /**
   * The final record of a wave or a package. Undefined where there is none in the form of this workflow. While the workflow runs it is not the truth: ask the
   * engine first.
   */
  finalWave(at: { plan: string; wave: string }): Promise<CarriedWaveView | undefined>;
  finalPackage(at: ReleaseKey): Promise<CarriedPackageView | undefined>;
  /** Of these packages, those that left one. */
  finalPackages(of: readonly ReleaseKey[]): Promise<CarriedPackageView[]>;
  /** The final records of waves of these plans, in short. A record is read once for each change of it. */
  finalWaves(plans: string[]): Promise<FinalWave[]>;
  /**
   * All claims on these grants, by their names or their ids: each is one more reason why a grant must stay. Claims on the same roles for other accounts are not
   * read. There may be others among them, on another of these roles for another of these accounts: byIdentity tells.
   */
  claimsOn(of: { place: string; grants: readonly PairOfIds[] }): Promise<Claim[]>;
  /** As claimsOn, of the claims of other releases: what they claim, each once, however many claim it. `accountId`: as it was signed. */
  claimedByOthers(of: { place: string; grants: readonly PairOfIds[]; release: ReleaseKey }): Promise<{ role: string; account: string; accountId?: string }[]>;
  /** Receipts of rollbacks that left nothing undone, by system. */
  receipts(of: ReleaseKey): Promise<Receipt[]>;
  /** Oldest first. */
  notices(of: { plan?: string; id?: string }): Promise<NoticeView[]>;
  /** Notices after `after`, in the order in which they were recorded. `undelivered`: with a failed delivery (the dead-letter list). */
  noticePage(of: PageFilter & { open?: boolean | undefined; undelivered?: boolean | undefined }): Promise<Found<NoticeView>>;
  /** By plan; of these plans where they are given. */
  waitingNotices(plans?: string[]): Promise<WaitingNotices[]>;
  /** Events before `after`, in the reverse of the order in which they were recorded. */
  eventPage(of: PageFilter & { package?: string[] | undefined; kind?: string[] | undefined; actor?: string[] | undefined }): Promise<Found<AuditEvent>>;
  /** The previews of a package in a wave, the last one first. */
  previewed(of: ReleaseKey & { limit: number }): Promise<AuditEvent[]>;
  /** How packages of these plans ended, the last one first. */
  endings(of: { plans: string[]; limit: number }): Promise<AuditEvent[]>;
  /** What was recorded after these positions, in order: whole events, and of evaluations only what they are about. At most `limit` of each. */
  /** `plans`: only of these. */
  news(after: { event: number; evaluation: number; limit: number; plans?: string[] }): Promise<News>;
  /** Plans of which anything was recorded after these positions. */
  plansSince(after: { event: number; evaluation: number }): Promise<string[]>;
  /** The positions of what was recorded last. */
  lastPositions(): Promise<{ event: number; evaluation: number }>;
  /** Of each of these releases, the last evaluations, oldest first; releases without any are left out. */
  lastMeasured(of: { releases: ReleaseKey[]; most: number }): Promise<(ReleaseKey & LastMeasured)[]>;
  /** Of each of these releases, what was evaluated in each period; `bounds`: where each begins, and at last where the last one ends, plan time. */
  measuredByPeriod(of: { releases: ReleaseKey[]; bounds: number[] }): Promise<Taken[]>;
  /** Requests by their first notice, of all of these plans, in the order in which they were recorded. Plan time, `untilMs` not included. */
  requestsOpened(of: { plans: string[]; fromMs: number; untilMs: number }): Promise<Asking[]>;
  /** Plan time of the first notice of these plans; undefined: there is none. */
  firstRequestMs(plans: string[]): Promise<number | undefined>;
  /** Of these plans: what has an event on record at `sinceMs` or later, a plan, a wave or a package, each by its own address. */
  eventfulSince(plans: readonly string[], sinceMs: number): Promise<Address[]>;
  /** Which packages of these plans a release has begun of, whatever became of it. */
  begunReleases(plans: readonly string[]): Promise<ReleaseKey[]>;
  /** Every release of a package (or of all packages of the plan), in the order in which they began. */
  releases(of: { plan: string; package?: string }): Promise<Release[]>;
  /** Systems that have answered as some place and are believed. */
  systemsAtPlaces(): Promise<string[]>;
  /** What the servers of these systems do, as it was last measured or assumed; of one that was moved, the last one. */
  serverRecords(systems: string[]): Promise<{ system: string; place: string; record: ServerRecord }[]>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** What decides is asked here (store/applied-only.ts): the latest revision is the latest that was applied through the endpoint. */
export interface AppliedReader extends StoreReader {
  /** Those that nobody can read now, and those of which no row has a seal, too: for what is counted. */
  allPlans(): Promise<PlanRow[]>;
  /** Undefined also for a row that was not applied through the endpoint. */
  appliedRevision(plan: string, number: number): Promise<Revision | undefined>;
  appliedOutline(plan: string, number: number): Promise<OutlinedRevision | undefined>;
  /** Of the latest revision. */
  latestOutline(plan: string): Promise<OutlinedRevision | undefined>;
}
export type AppliedStore = Store & AppliedReader;

export interface RevisionWriter {
  /** Compare-and-set: writes `number = expected + 1` if the latest is `expected`; the same document again returns its existing revision. The first revision fixes the clock's anchor. */
  saveRevision(revision: {
    document: Plan;
    digest: string;
    expected: number;
    appliedBy: string;
    record: RevisionRecord;
    /** The endpoint's, over the revision `expected + 1`. */
    seal: string;
  }): Promise<{ revision: Revision; changed: boolean } | { conflict: number }>;
}

/** An evaluation is known by what was due, not by its number. `dueMs`: plan time. */
export type EvaluationKey = ReleaseKey & Pick<Evaluation, 'dueMs' | 'purpose'>;

/** A release, by the digests of its signed previews. */
export interface BasisOf extends ReleaseKey {
  revision: number;
  planDigest: string;
  previewDigest: string;
  previews: string[];
}

/** A revision without its document. The seal covers who decides by it. */
export interface SealedRevision {
  number: number;
  appliedBy: string;
  /** Real time, milliseconds. */
  appliedAtMs: number;
  seal: string;
}

/** Who decides on the packages of one wave by a revision. `digest`: of all its deciders, which its seal covers. */
export interface WaveDeciders extends DecidersOfWave {
  digest: string;
}

/** What a revision says that stops a release also where its wave has not heard of it. With the digests that its seal covers: of its deciders, and of its record. */
export interface RevisionTerms extends Pick<Plan, 'blackouts'>, Pick<RevisionRecord, 'heldSince'>, Omit<SealedRevision, 'appliedAtMs'> {
  deciders: string;
  record: string;
}

/** Messages of one release that can authorize an effect, in the order in which they were accepted. `after`: there may be more, from there on. */
export interface MessagePage {
  messages: StoredMessage[];
  after?: number;
}

/** What the checks before an effect rest on: all of one moment, but for previews, which never change, and pages of messages after the first, which come later. */
export interface EffectBasis extends MessagePage {
  /** With which it was released. */
  revision: Revision | undefined;
  /** The number of the plan's latest revision; 0: it has none. */
  latest: number;
  /** By digest; those that the store has. */
  previews: Map<string, PreviewContent>;
  /** Of the package, in the order in which they began. */
  releases: Release[];
  /** Systems in which this release was rolled back. */
  receipts: { system: string }[];
  /** The last reading of every metric of this definition: which could be read. Undefined: none was taken. */
  readable: Readable[] | undefined;
  /** By system, its last comparison with the signed preview. */
  compared: Map<string, Comparison>;
  /** Each kind once, of all evaluations of this release. */
  verdicts: VerdictKind[];
}

/**
 * A system right before a release. `wider`: how much more than what was signed. `stops`: rules of the plan that stop the release. `ageMs`: how long ago it was
 * stored, by the clock of the store (real time).
 */
export interface Comparison {
  ageMs: number;
  wider: number;
  stops: Stop[];
}

/** Rows that never change and need not be read again. */
export interface KnownRows {
  revision?: Revision;
  previews: Map<string, PreviewContent>;
}

/** Whose effect facts record. `unlessClaimedBy`: whose claims keep a grant. */
export interface EffectOf {
  release: ReleaseKey;
  system: string;
  unlessClaimedBy?: 'package' | 'release' | undefined;
  /** Revokes what a claim of a person kept: the only change after a rollback. */
  endsClaims?: boolean | undefined;
}

export interface MessageWriter {
  /** Keeps a sealed message, which the endpoint or a workflow accepted; the same again changes nothing. Its instant is the database's. */
  saveMessage(jws: string): Promise<void>;
  /** Keeps what is told about a revision, each once by its id. */
  tell(told: { events: AuditEvent[]; notices: Notice[] }): Promise<void>;
}

/** Who is signed in with a browser. Instants are the database's. */
export interface StoredSession {
  person: string;
  /** Opened only by what the browser keeps. */
  sealed: string;
  beganAtMs: number;
}

export interface SessionStore {
  /**
   * Begins a session and removes those that have ended, with the oldest of the same person so that at most `most` remain. `id`: a digest. `idleMs`: how long it
   * lives without a request; `lifetimeMs`: at most.
   */
  beginSession(session: { id: string; person: string; sealed: string; idleMs: number; lifetimeMs: number; most: number }): Promise<void>;
  /** Counts as a request of this session. Undefined when there is none, or it has ended. */
  /** `counts`: as a request of the person, from which they are idle. */
  session(id: string, counts?: boolean): Promise<StoredSession | undefined>;
  /** True for one process at a time, until it has renewed the session or half a minute has passed. */
  claimRenewal(id: string): Promise<boolean>;
  /** New tokens of the same session. */
  renewSession(id: string, sealed: string): Promise<void>;
  /** Ending one that has ended does nothing. */
  endSession(id: string): Promise<void>;
}

export interface DraftWriter {
  /** For a day; returns its digest. */
  saveDraft(document: Plan): Promise<string>;
  /** When nobody needs it any more who saved it, it is gone. */
  releaseDraft(digest: string): Promise<void>;
}

export interface QuestionPlaces {
  /** `full`: so many of this person, or under this right of the site, wait already. The place is free again after `withinMs` at the latest. */
  takeQuestion(asked: {
    person: string;
    right: string;
    most: { ofPerson: number; ofRight: number };
    withinMs: number;
  }): Promise<{ place: number } | { full: 'person' | 'right' }>;
  endQuestion(place: number): Promise<void>;
}

export interface Store extends StoreReader, RevisionWriter, DraftWriter, QuestionPlaces, MessageWriter, SessionStore, ProbeRecords, PlaceRecords {
  /** Made when the store was, and the same for as long as it lives: see Opening in connectors/connector.ts. */
  lockSecret(): Promise<string>;
  /** By system, what the last comparison with this preview found. */
  rechecks(of: ReleaseKey & { previewDigest: string }): Promise<Map<string, Comparison>>;
  /** One statement, and one for each preview that is not known. */
  effectBasis(of: BasisOf, known?: KnownRows): Promise<EffectBasis>;
  /** Of a package and of its wave as a whole, or only of the wave: the first page, or the next one. `types`: those that can authorize an effect by default. */
  effectMessages(
    of: Omit<ReleaseKey, 'package'> & { package?: string },
    from?: { after?: number | undefined; types?: readonly MessageType[] },
  ): Promise<MessagePage>;
  /** For each of these instants (real time), the newest revision that was applied by then, among those with a number below `below`; undefined: there is none. In this order. */
  revisionsAt(plan: string, instants: readonly number[], below?: number): Promise<(SealedRevision | undefined)[]>;
  /** Undefined: there is no such revision. */
  waveDeciders(of: { plan: string; number: number; wave: string }): Promise<WaveDeciders | undefined>;
  revisionTerms(of: { plan: string; number: number }): Promise<RevisionTerms | undefined>;
  /** For an hour; returns its digest. */
  saveRollbackPreview(of: ReleaseKey, part: RollbackPreviewPart): Promise<string>;
  /** For an hour, and no longer than its draft. */
  saveSimulated(draft: string, content: SimulatedContent): Promise<void>;
  /** Returns the content's digest. */
  savePreview(content: PreviewContent): Promise<string>;
  saveRoleContents(contents: StoredContent[]): Promise<void>;
  /** Keeps the first record of what was due then for that purpose, numbers it and returns it; nobody can change it. */
  saveEvaluation(evaluation: NewEvaluation): Promise<EvaluationView>;
  saveBaseline(of: ReleaseKey & { planDigest: string; baseline: Baseline; readable: Readable[] }): Promise<void>;
  saveRecheck(of: ReleaseKey & { previewDigest: string; system: string; wider: number; stops?: Stop[] }): Promise<void>;
  /** Before the query of a cohort is asked: the how-manieth time it is, for saveLeftCohort. */
  askCohort(of: ReleaseKey): Promise<number>;
  /** By the answer of the time `asked`; changes nothing where a later one is on record. */
  saveLeftCohort(of: ReleaseKey, people: string[], asked: number): Promise<void>;
  /** Whether some revision of the plan has what the address names. */
  isPlanned(at: Address): Promise<boolean>;
  keepOutline(outline: KeptOutline & Pick<Revision, 'plan' | 'number'>): Promise<void>;
  /**
   * Keeps the first receipt of a rollback, and returns it; one that keeps access for claims of people is replaced by the next. From then on the release claims and changes nothing more in that system. Throws LedgerMoved when
   * it has more facts there than these, or claims something again: a worker that was paused woke up during the rollback.
   */
  saveReceipt(of: ReleaseKey, rollback: string, receipt: Receipt, facts: number): Promise<Receipt>;
  record(batch: RecordBatch): Promise<void>;
  saveDelivery(notice: string, delivery: Delivery, outcome: { state: 'sent' | 'failed'; why?: string }): Promise<void>;
  /** When the message may be sent; real time, milliseconds. The first answer stands. */
  placeToSend(message: NoticeMessageKey, wanted: PlaceWanted): Promise<number>;
  /** All of these, in one transaction; in the order in which they are given. */
  placesToSend(wanted: (PlaceWanted & { message: NoticeMessageKey })[]): Promise<number[]>;
  /** Counts that this run of the notice's workflow tries to send it, after placeToSend; the number of its tries. */
  countTry(message: NoticeMessageKey, run: string): Promise<number>;
  /**
   * Called before the first grant of a release; keeps the first record. `systems`: those of its package, so that nobody has to read the revision to know which
   * systems are in use.
   */
  beginRelease(release: Omit<Release, 'begunAtMs' | 'undone'> & { systems?: string[] }): Promise<void>;
  /**
   * Appends facts, all or none. Throws LedgerMoved when another writer was first: a fact has the number after the last one that its writer knows. With
   * `effect`, also when the release was rolled back there, or when another package or release claims one of these grants.
   */
  append(facts: LedgerFact[], effect?: EffectOf): Promise<void>;
  /** Whether the place has committed this transaction; the first answer counts. */
  settle(place: string, transaction: string, committed: boolean): Promise<void>;
  /** `roleId`, `accountId`: as they were signed. */
  claim(of: ReleaseKey, at: { place: string; system: string }, grants: { role: string; account: string; roleId?: string; accountId?: string }[]): Promise<void>;
  /**
   * The release gives up its claims on these grants, or on all of its own. `decide` says what is handed on to whom, from the entries and claims as they are while nobody else
   * claims or leaves; its facts are appended with it. `claims`: on what the release made, of other releases; `others`: their entries. `known`: all entries of the release in the system, as
   * the caller has read them; they are read again only if anything was appended since. Answers all of them, after this.
   */
  leave(
    of: ReleaseKey,
    at: { place: string; system: string },
    what: { grants: { role: string; account: string }[] | 'all'; known?: LedgerEntry[] },
    decide: (now: { own: LedgerEntry[]; others: LedgerEntry[]; claims: Claim[] }) => LedgerFact[],
  ): Promise<LedgerEntry[]>;
}
