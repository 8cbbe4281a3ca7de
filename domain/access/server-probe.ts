/**
 * How a server is probed: a connector answers what its server does, and measures it in a scratch role. Whether it may is the site's to say, and what was measured
 * is on record, so that it is not measured again before it is too old.
 */
import { SystemUnavailable } from '../system-unavailable.ts';
import { outdatedBecause, type Findings, type Reliance, type ServerRecord } from './server-behaviour.ts';

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
}

/** Nothing could be measured; `message`, a sentence without its full stop, says why and what would help. */
export class ProbeRefused extends Error {
  override readonly name = 'ProbeRefused';
}

/** What the site file says. */
export interface ProbeSettings {
  rolePrefix: string;
  accounts: readonly [string, string];
  days: number;
}

/** Of the store. */
export interface ProbeRecords {
  serverRecord(place: string): Promise<ServerRecord | undefined>;
  saveServerRecord(place: string, system: string, record: ServerRecord): Promise<void>;
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
  /** `never`: only what is on record counts; `now`: also where the record is still good. */
  measure: 'never' | 'whenOutdated' | 'now';
  /** Real time. */
  nowMs: number;
  /** 32 hexadecimal digits or more that nobody has had before. */
  nonce: string;
}

/** A probe ends then, and its place is free for the next one some time later. */
const probeMs = 120_000;
const placeMs = 180_000;

export const scratchDigits = 12;

export function scratchOf({ rolePrefix, accounts }: ProbeSettings, nonce: string): Scratch {
  return {
    role: `${rolePrefix}${nonce.replaceAll('-', '').slice(0, scratchDigits)}`,
    prefix: rolePrefix,
    isOurs: (role) => role.startsWith(rolePrefix) && /^[0-9a-f]{12}$/.test(role.slice(rolePrefix.length)),
    accounts,
  };
}

export const notAllowed = 'the site file does not let Rolewave measure it (probe)';

/**
 * What counts for this server now. Throws SystemUnavailable where another process measures at this moment, and where the server is away. What is only assumed is
 * on record, too, with the reason.
 */
export async function serverNow(store: ProbeRecords, probed: Probed): Promise<ServerRecord> {
  const { system, place, probe, settings, measure, nowMs: atMs } = probed;
  const [server, known] = await Promise.all([probe.server(), store.serverRecord(place)]);
  const sameServer = known?.server === server ? known : undefined;
  const assumed = async (problem?: string): Promise<ServerRecord> => ({
    server,
    atMs,
    findings: await probe.assumed(),
    ...(problem === undefined ? {} : { problem }),
  });
  if (!probe.measure) return assumed();
  if (!settings) {
    // What was measured while it was allowed is still what the server did.
    if (sameServer && sameServer.problem === undefined) return sameServer;
    const record = await assumed(notAllowed);
    if (measure !== 'never' && sameServer?.problem !== notAllowed) await store.saveServerRecord(place, system, record);
    return record;
  }
  if (measure === 'never') return sameServer ?? assumed('nothing was measured yet');
  const allowedSince = known?.problem === notAllowed ? undefined : known;
  if (measure === 'whenOutdated' && known && outdatedBecause(allowedSince, { server, atMs, days: settings.days }) === undefined) return known;
  if (!(await store.beginProbe(place, probed.nonce, placeMs)))
    throw new SystemUnavailable(
      'what its server does is being measured by another process, or by one that died: it is tried again when that is over, within three minutes',
    );
  try {
    const record = await measuredNow(probed, settings, assumed);
    await store.saveServerRecord(place, system, record);
    return record;
  } finally {
    await store.endProbe(place, probed.nonce);
  }
}

async function measuredNow({ probe, nonce }: Probed, settings: ProbeSettings, assumed: (problem?: string) => Promise<ServerRecord>): Promise<ServerRecord> {
  const base = await assumed();
  const late = AbortSignal.timeout(probeMs);
  try {
    return { ...base, findings: { ...base.findings, ...(await probe.measure?.(scratchOf(settings, nonce), late)) } };
  } catch (error) {
    if (late.aborted) throw new SystemUnavailable(`what its server does could not be measured within ${probeMs / 1_000} seconds`);
    if (error instanceof ProbeRefused) return { ...base, problem: error.message.slice(0, 1_000) };
    throw error;
  }
}
