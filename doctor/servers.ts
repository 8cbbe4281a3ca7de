/** What the server of a system really does: measured on request, and as it is on record. */
import type { Connector } from '../connectors/connector.ts';
import { openInOwnProcess } from '../connectors/own-process/connector.ts';
import { findingLines, lackingIn, outdatedBecause, type ServerRecord } from '../domain/access/server-behaviour.ts';
import { notAllowed, serverNow, type ProbeSettings } from '../domain/access/server-probe.ts';
import { systemOf } from '../domain/site/rights.ts';
import { posing, posingText } from '../domain/site/same-place.ts';
import type { Site, System } from '../domain/site/schema.ts';
import { instantText } from '../domain/time/instant.ts';
import { serverRecordAt } from '../store/check.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { ok, warning, wrong, type Line } from './line.ts';

const settingsOf = (system: System): ProbeSettings | undefined => ('probe' in system ? system.probe : undefined);

/**
 * Measures the server of a system now, and records it. `lacking`: what a release with grants and a rollback would miss. Rejects with an Error for people where the
 * site, the system or the store does not let it.
 */
export async function probeSystem(
  site: Site,
  id: string,
  env: Record<string, string | undefined>,
): Promise<{ record: ServerRecord; lines: string[]; lacking: string[] }> {
  const system = systemOf(site, id);
  if (!system) throw new Error(`the site file has no system '${id}'`);
  if (system.readOnly) throw new Error(`system '${id}' is readOnly in the site file: nothing is tried there`);
  const url = env['DATABASE_URL'];
  if (!url) throw new Error("DATABASE_URL is not set here: run it where the worker runs, with the worker's environment, so that the result is recorded");
  const store = await openStore(url, { migrate: false, connections: 2 });
  try {
    await store.ready();
    const connector = await openInOwnProcess(system, env, { store: url, lockSecret: await store.lockSecret() }, { isAttended: true });
    try {
      return await measured(connector, system, site, store);
    } finally {
      void connector.close().catch(() => undefined);
    }
  } finally {
    await store.close();
  }
}

async function measured(connector: Connector, system: System, site: Site, store: Store) {
  const { probe } = connector;
  if (!probe) throw new Error(`every server of the kind ${system.kind} does the same: there is nothing to measure in '${system.id}'`);
  const settings = settingsOf(system);
  if (probe.measure && !settings)
    throw new Error(`the site file does not let Rolewave measure '${system.id}': add probe with two accounts to the system (docs/site.md)`);
  const place = await connector.place();
  const other = await posing(store, site, place, { system: system.id, address: connector.address });
  if (other !== undefined) throw new Error(posingText(system.id, other));
  const record = await serverNow(store, {
    system: system.id,
    place,
    probe,
    settings,
    measure: 'now',
    nowMs: Date.now(),
    nonce: crypto.randomUUID(),
  });
  return {
    record,
    lines: findingLines(record.findings),
    lacking: lackingOf(connector, record, system).map(({ text, fix }) => `${text}. To allow releases, ${fix}`),
  };
}

const accepts = (system: System): boolean => 'withoutRevoke' in system && system.withoutRevoke === 'leave';
const lackingOf = ({ probe }: Connector, { findings }: ServerRecord, system: System) =>
  probe ? lackingIn(findings, probe.reliesOn, ['grant', 'revoke'], accepts(system)) : [];

/** For the doctor, who measures nothing. `url`: of the store, where it is known. */
export async function serverLines(
  connector: Connector,
  system: System,
  about: string,
  { url, withinMs }: { url: string | undefined; withinMs: number },
): Promise<Line[]> {
  const { probe } = connector;
  if (!probe || system.readOnly) return [];
  const settings = settingsOf(system);
  const [server, place] = [await probe.server(), await connector.place()];
  const stored = url === undefined ? undefined : await serverRecordAt(url, place, withinMs).catch(() => undefined);
  const known = stored?.server === server ? stored : undefined;
  const record: ServerRecord = known ?? { server, atMs: Date.now(), findings: await probe.assumed() };
  const lacking = lackingOf(connector, record, system).map(({ text, fix }) => wrong(about, `releases that grant are refused: ${text}`, fix));
  if (!probe.measure) return lacking;
  const outdated = outdatedBecause(stored?.problem === notAllowed ? undefined : stored, { server, atMs: Date.now(), days: settings?.days ?? Infinity });
  const what = findingLines(record.findings).join('; ');
  const line =
    outdated === undefined && record.problem === undefined
      ? ok(about, `what ${server} really does was measured on ${instantText(record.atMs)}: it ${what}`)
      : warning(
          about,
          `what ${server} really does is not measured (${settings ? (record.problem ?? outdated ?? '') : notAllowed}). Until then, it is taken to do this: it ${what}`,
          settings
            ? `nothing has to be done: it is measured with the next preview, or by 'rolewave systems probe ${system.id}'`
            : 'name two accounts in probe of the site file, or leave it at that',
        );
  return [line, ...lacking];
}
