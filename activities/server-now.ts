/**
 * What the server of a system does, and whether a release may rely on it: asked with each preview and again at go-live, and measured where that is due. The first
 * effect rests on the comparison at go-live, which has these stops.
 */
import type { Connector } from '../connectors/connector.ts';
import { lackingIn, type ServerRecord } from '../domain/access/server-behaviour.ts';
import { serverKnown, serverNow } from '../domain/access/server-probe.ts';
import type { SimulatedPart } from '../domain/views/simulation.ts';
import { stopsText, type Stop } from '../domain/views/stop.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { systemOf } from '../domain/site/rights.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { asking, siteRefuses } from './failures.ts';
import { placeOf } from './place-of-system.ts';

/** Throws SiteRefuses with everything that the server lacks for this release: it is not signed then. */
export async function refuseLacking(deps: ActivityDeps, content: PreviewContent, connector: Connector): Promise<void> {
  const stops = await lackingStops(deps, content, connector);
  if (stops.length > 0) throw siteRefuses(`'${content.package}' cannot be released: ${stopsText(stops)}. Nothing was changed`);
}

/** What the server lacks for this release, and a rollback of it. */
export async function lackingStops(deps: ActivityDeps, content: PreviewContent, connector: Connector): Promise<Stop[]> {
  const question = await questionOf(deps, content, connector);
  if (!question) return [];
  const { asked } = question;
  const record = await asking(asked.system, () => serverNow(deps.store, { ...asked, measure: 'whenOutdated', nonce: crypto.randomUUID() }));
  return stopsBy(question, record);
}

/** As far as it is known without measuring anything, for a plan that is not applied. What is measured later is a condition, and stops nothing yet. */
export async function foreseen(deps: ActivityDeps, content: PreviewContent, connector: Connector): Promise<Pick<SimulatedPart, 'stops' | 'conditions'>> {
  const question = await questionOf(deps, content, connector);
  if (!question) return {};
  const { asked } = question;
  const { record, toMeasure } = await asking(asked.system, () => serverKnown(deps.store, asked));
  // Why it was not measured is in the condition.
  const stops = stopsBy(question, toMeasure === undefined ? record : { findings: record.findings });
  if (toMeasure === undefined) return stops.length > 0 ? { stops } : {};
  const then = stops.length === 0 ? '' : `. If that finds what is taken to be so until then, the release is refused: ${stopsText(stops)}`;
  return { conditions: [`what the server of ${asked.system} does will be measured before the first release, because ${toMeasure}${then}`] };
}

interface Question {
  asked: Parameters<typeof serverKnown>[1];
  effects: ('grant' | 'revoke')[];
  /** The site accepts rollbacks that leave what was granted. */
  accepts: boolean;
}

/** Undefined: the release asks nothing of the server. */
async function questionOf(deps: ActivityDeps, content: PreviewContent, connector: Connector): Promise<Question | undefined> {
  const { probe } = connector;
  const { system: id } = content;
  const system = systemOf(deps.site(), id);
  const effects = effectsOf(content);
  if (!probe || !system || effects.length === 0) return undefined;
  const place = await placeOf(deps, connector, id);
  const settings = 'probe' in system ? system.probe : undefined;
  return {
    asked: { system: id, place, probe, settings, nowMs: nowMs(deps) },
    effects,
    accepts: 'withoutRevoke' in system && system.withoutRevoke === 'leave',
  };
}

function stopsBy({ asked: { system, probe }, effects, accepts }: Question, { findings, problem }: Pick<ServerRecord, 'findings' | 'problem'>): Stop[] {
  const why = problem === undefined ? '' : `. It was not measured, because ${problem}`;
  return lackingIn(findings, probe.reliesOn, effects, accepts).map(({ text, fix }) => ({
    code: 'server',
    system,
    text: `in ${system}, ${text}. To release it, ${fix}${why}`,
  }));
}

/** What is granted, a rollback revokes. */
function effectsOf({ entitlements, legacy, drop = [] }: PreviewContent): ('grant' | 'revoke')[] {
  if (entitlements.length > 0) return ['grant', 'revoke'];
  return legacy.length + drop.length > 0 ? ['revoke'] : [];
}
