/**
 * How a server is probed: a connector answers what its server does, and measures it in a scratch role. Whether it may is the site's to say, and what was measured
 * is on record, so that it is not measured again before it is too old.
 */
import { notLater } from '../not-later.ts';
import { SystemUnavailable } from '../system-unavailable.ts';
import { notMeasured, outdatedBecause, type Findings, type Reliance, type ServerRecord } from './server-behaviour.ts';

/** An optional capability of a connector. */
export interface ServerProbe {
  /** What the effects of this connector rely on, with its settings. A release that needs one of them is refused where the server answers something else. */
  readonly reliesOn: Reliance[];
  /** Name and version, as the server says them: what was measured counts for no other. Reads only. */
  server(): Promise<string>;
  /** What is taken for true where nothing is measured. Reads only. */
  assumed(): Promise<Findings>;
  /**
   * Tries it, in a role that it creates and removes, and on nothing else; first removes what an earlier probe left. Throws ProbeRefused where it may not, or
   * where something cannot be removed; whatever it throws, it has tried to remove the role. What it leaves out, `assumed` answers. Absent: what is assumed is
   * all that can be known.
   */
  measure?(scratch: Scratch, signal: AbortSignal): Promise<Findings>;
}

/** What a probe works on. */
export interface Scratch {
  /** Of the role to create; nobody has one of this name. */
  role: string;
  /** What it begins with, and all others that this site's probes create. */
  prefix: string;
  /** Whether a role of this name was created by a probe of this site, and by nobody else. */
  isOurs(role: string): boolean;
  /** Two accounts that exist, which hold the role for some seconds. */
  accounts: readonly [string, string];
  /** How long each removal may take, after the probe's own time, too: see removedInTime. */
  removalMs: number;
}

/** Nothing could be measured, or not all was removed; `message`, a sentence without its full stop, says why and what would help. */
export class ProbeRefused extends Error {
  override readonly name = 'ProbeRefused';
}

/**
 * A scratch role is left behind, or may be; `message` names it. `isAway`: the server did not answer, so that it is tried again soon; otherwise it refused, and
 * somebody has to look.
 */
export class ScratchLeft extends ProbeRefused {
  readonly role: string;
  readonly isAway: boolean;

  constructor(role: string, what: string, error: unknown) {
    const isAway = error instanceof SystemUnavailable;
    const why = (error instanceof Error ? error.message : String(error)).slice(0, 600);
    super(`${what}, which a probe created, could not be removed: ${why}. ${isAway ? 'It is removed before the next probe' : 'Remove it by hand'}`, {
      cause: error,
    });
    this.role = role;
    this.isAway = isAway;
  }
}

/**
 * A removal has a time of its own, because the probe's may be over. `role`: of the scratch; `what`: how its system calls it, such as `group 'x'`. Throws
 * ScratchLeft. A client may ignore the signal: it is not waited for.
 */
export async function removedInTime(
  { role, what }: { role: string; what: string },
  remove: (signal: AbortSignal) => Promise<void>,
  withinMs: number,
): Promise<void> {
  const late = AbortSignal.timeout(withinMs);
  try {
    await notLater(
      late,
      () => new SystemUnavailable(tooLate(withinMs)),
      () => remove(late),
    );
  } catch (error) {
    throw error instanceof ScratchLeft ? error : new ScratchLeft(role, what, late.aborted ? new SystemUnavailable(tooLate(withinMs)) : error);
  }
}

const tooLate = (withinMs: number): string => `the server did not answer within ${withinMs / 1_000} seconds`;

/** What the site file says. */
export interface ProbeSettings {
  rolePrefix: string;
  accounts: readonly [string, string];
  days: number;
}

/** Of the store. */
export interface ProbeRecords {
  serverRecord(place: string): Promise<ServerRecord | undefined>;
  /** `holder`: only while the place is theirs. Whether it was saved. */
  saveServerRecord(place: string, system: string, record: ServerRecord, holder?: string): Promise<boolean>;
  /** True for one holder at a time, until it ends or `forMs` have passed: a probe removes what others have left. */
  beginProbe(place: string, holder: string, forMs: number): Promise<boolean>;
  endProbe(place: string, holder: string): Promise<void>;
}

export interface Probed {
  system: string;
  place: string;
  probe: ServerProbe;
  /** Undefined: the site does not let it be measured. */
  settings: ProbeSettings | undefined;
  /** `now`: also where the record is still good. */
  measure: 'whenOutdated' | 'now';
  /** Real time. */
  nowMs: number;
  /** 32 hexadecimal digits or more that nobody has had before. */
  nonce: string;
}

/** A probe ends then, has so long to remove what it created, and its place is free for the next one some time later. */
const probeMs = 120_000;
const removalMs = 30_000;
const placeMs = 180_000;

export const scratchDigits = 12;

export function scratchOf({ rolePrefix, accounts }: ProbeSettings, nonce: string): Scratch {
  return scratchFrom({ role: `${rolePrefix}${nonce.replaceAll('-', '').slice(0, scratchDigits)}`, prefix: rolePrefix, accounts, removalMs });
}

export const scratchFrom = (scratch: Omit<Scratch, 'isOurs'>): Scratch => ({
  ...scratch,
  isOurs: (role) => role.startsWith(scratch.prefix) && /^[0-9a-f]{12}$/.test(role.slice(scratch.prefix.length)),
});

export const notAllowed = 'the site file does not let Rolewave measure it (probe)';

/** What is known of a server without measuring it. `toMeasure`: why it is measured before the next release, as a sentence without its full stop. */
export interface Known {
  record: ServerRecord;
  toMeasure?: string;
}

type Asked = Omit<Probed, 'measure' | 'nonce'>;

/** Measures nothing, and records nothing. Throws SystemUnavailable where the server is away. */
export async function serverKnown(store: Pick<ProbeRecords, 'serverRecord'>, { place, probe, settings, nowMs: atMs }: Asked): Promise<Known> {
  const [server, known] = await Promise.all([probe.server(), store.serverRecord(place)]);
  const sameServer = known?.server === server ? known : undefined;
  const assumed = async (problem?: string): Promise<ServerRecord> => ({
    server,
    atMs,
    findings: await probe.assumed(),
    ...(problem === undefined ? {} : { problem }),
  });
  if (!probe.measure) return { record: await assumed() };
  // What was measured while it was allowed is still what the server did.
  if (!settings) return { record: sameServer && sameServer.problem === undefined ? sameServer : await assumed(notAllowed) };
  const allowedSince = known?.problem === notAllowed ? undefined : known;
  const toMeasure = outdatedBecause(allowedSince, { server, atMs, days: settings.days });
  if (toMeasure === undefined && known) return { record: known };
  return { record: allowedSince && sameServer ? sameServer : await assumed(toMeasure), toMeasure: toMeasure ?? notMeasured };
}

/**
 * What counts for this server now, measured where that is due. Throws SystemUnavailable where another process measures at this moment, and where the server is
 * away: what a probe may have left by then is on record. What is only assumed is on record, too, with the reason.
 */
export async function serverNow(store: ProbeRecords, probed: Probed): Promise<ServerRecord> {
  const { system, place, probe, settings, measure, nonce } = probed;
  const { record: known, toMeasure } = await serverKnown(store, probed);
  if (!probe.measure) {
    if ((await store.serverRecord(place))?.server !== known.server) await store.saveServerRecord(place, system, known);
    return known;
  }
  if (!settings) {
    const stored = await store.serverRecord(place);
    if (known.problem === notAllowed && (stored?.server !== known.server || stored.problem !== notAllowed)) await store.saveServerRecord(place, system, known);
    return known;
  }
  if (measure === 'whenOutdated' && toMeasure === undefined) return known;
  if (!(await store.beginProbe(place, nonce, placeMs))) throw new SystemUnavailable(measuredElsewhere);
  try {
    const scratch = scratchOf(settings, nonce);
    // If this process dies now, its scratch role is on record by name, and the next release has it removed.
    if (!(await store.saveServerRecord(place, system, { ...known, problem: begunWords(scratch), left: scratch.role }, nonce)))
      throw new SystemUnavailable(measuredElsewhere);
    const { record, away } = await measuredNow(probed, scratch, known.server);
    if (!(await store.saveServerRecord(place, system, record, nonce))) throw new SystemUnavailable(measuredElsewhere);
    if (away) throw away;
    return record;
  } finally {
    await store.endProbe(place, nonce);
  }
}

const begunWords = ({ role }: Scratch): string => `a probe has begun and not ended; if it died, the next one removes the role '${role}' that it may have left`;

const measuredElsewhere =
  'what its server does is being measured by another process, or by one that died: it is tried again when that is over, within three minutes';

/** `away`: it is to be tried again soon, although there is something to record. */
async function measuredNow({ probe, nowMs: atMs }: Probed, scratch: Scratch, server: string): Promise<{ record: ServerRecord; away?: Error }> {
  const base: ServerRecord = { server, atMs, findings: await probe.assumed() };
  const late = AbortSignal.timeout(probeMs);
  try {
    return { record: { ...base, findings: { ...base.findings, ...(await inTime(scratch, probe.measure?.(scratch, late))) } } };
  } catch (error) {
    if (error instanceof ScratchLeft) {
      const problem = error.message.slice(0, 1_000);
      const record = { ...base, problem, ...(error.isAway ? { left: error.role } : {}) };
      return error.isAway ? { record, away: new SystemUnavailable(problem) } : { record };
    }
    if (late.aborted) throw new SystemUnavailable(`what its server does could not be measured within ${probeMs / 1_000} seconds`);
    if (error instanceof ProbeRefused) return { record: { ...base, problem: error.message.slice(0, 1_000) } };
    throw error;
  }
}

/** A client that ignores the signal and its own limits is not waited for: the place is free soon. */
async function inTime(scratch: Scratch, measuring: Promise<Findings> | undefined): Promise<Findings | undefined> {
  const late = AbortSignal.timeout(probeMs + removalMs + 5_000);
  try {
    return (
      measuring &&
      (await notLater(
        late,
        () => new SystemUnavailable('the server did not answer in time'),
        () => measuring,
      ))
    );
  } catch (error) {
    throw late.aborted && !(error instanceof ScratchLeft) ? new ScratchLeft(scratch.role, `'${scratch.role}'`, error) : error;
  }
}
