/**
 * What the server of a system does, and whether a release may rely on it: asked with each preview and again at go-live, and measured where that is due. The first
 * effect rests on the comparison at go-live, which has these stops.
 */
import type { Connector } from '../connectors/connector.ts';
import { lackingIn } from '../domain/access/server-behaviour.ts';
import { serverNow } from '../domain/access/server-probe.ts';
import { stopsText, type Stop } from '../domain/views/stop.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { systemOf } from '../domain/site/rights.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { asking, siteRefuses } from './failures.ts';

/** Throws SiteRefuses with everything that the server lacks for this release: it is not signed then. */
export async function refuseLacking(deps: ActivityDeps, content: PreviewContent, connector: Connector, measure: 'never' | 'whenOutdated'): Promise<void> {
  const stops = await lackingStops(deps, content, connector, measure);
  if (stops.length > 0) throw siteRefuses(`'${content.package}' cannot be released: ${stopsText(stops)}. Nothing was changed`);
}

/** What the server lacks for this release, and a rollback of it. */
export async function lackingStops(deps: ActivityDeps, content: PreviewContent, connector: Connector, measure: 'never' | 'whenOutdated'): Promise<Stop[]> {
  const { probe } = connector;
  const { system: id } = content;
  const system = systemOf(deps.site(), id);
  const effects = effectsOf(content);
  if (!probe || !system || effects.length === 0) return [];
  const record = await asking(id, async () =>
    serverNow(deps.store, {
      system: id,
      place: await connector.place(),
      probe,
      settings: 'probe' in system ? system.probe : undefined,
      measure,
      nowMs: nowMs(deps),
      nonce: crypto.randomUUID(),
    }),
  );
  const accepts = 'withoutRevoke' in system && system.withoutRevoke === 'leave';
  const why = record.problem === undefined ? '' : `. It was not measured, because ${record.problem}`;
  return lackingIn(record.findings, probe.reliesOn, effects, accepts).map(({ text, fix }) => ({
    code: 'server',
    system: id,
    text: `in ${id}, ${text}. To release it, ${fix}${why}`,
  }));
}

/** What is granted, a rollback revokes. */
function effectsOf({ entitlements, legacy, drop = [] }: PreviewContent): ('grant' | 'revoke')[] {
  if (entitlements.length > 0) return ['grant', 'revoke'];
  return legacy.length + drop.length > 0 ? ['revoke'] : [];
}
