/**
 * What the first effect of a release needs besides its sign-offs, all of it from the store: its readiness, its date, and that its systems were compared with
 * what was signed. What has begun may finish, so none of it is asked again.
 */
import { blackoutOf, goLiveOf, goLivesFrom, lateFrom } from '../domain/go-live.ts';
import type { Message } from '../domain/messages.ts';
import { checklist, evidenceFrom, itemNames } from '../domain/readiness.ts';
import { instantText } from '../domain/time/instant.ts';
import { toReal } from '../domain/time/plan-clock.ts';
import { stopsText } from '../domain/views/stop.ts';
import type { EffectContext } from './authorized-messages.ts';
import type { ReleaseRef } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { notCovered, tooEarly } from './failures.ts';
import { refuseForBlackout } from './refusals.ts';

export function refuseUnlessReady(loaded: EffectContext, release: ReleaseRef, messages: Message[]): void {
  const { section, planTime, planNowMs, readable } = loaded;
  const lines = checklist(section, { evidence: evidenceFrom(section, messages, planTime), metrics: readable }, planNowMs);
  const open = lines.filter(({ ok }) => !ok).map(({ item, why }) => `${itemNames[item]}: ${why}`);
  if (open.length > 0) throw notCovered(`'${release.package}' is not ready (${open.join('; ')}), so nothing was granted`);
}

/** Nothing wider than what was signed and what the wave tolerates, and no rule of the plan stops it: the wave compared every system with it. */
export function refuseUnlessCompared({ contents, beside, compared, wave }: EffectContext, release: ReleaseRef): void {
  const missing = [...contents.keys(), ...beside.keys()].filter((system) => !compared.has(system));
  if (missing.length > 0) throw notCovered(`${missing.join(', ')} was not compared with what was signed for '${release.package}', so nothing was granted`);
  const more = [...compared.values()].reduce((sum, { wider }) => sum + wider, 0);
  if (more > wave.tolerance)
    throw notCovered(`'${release.package}' would change ${more} more than what was signed, so nothing was granted: take a new preview and sign it`);
  const stops = [...compared.values()].flatMap((each) => each.stops);
  if (stops.length > 0) throw notCovered(`the release of '${release.package}' is stopped: ${stopsText(stops)}. Nothing was granted`);
}

/** Its date has come, is not over, and no blackout has got in its way. */
export function refuseUnlessOnItsDate(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, messages: Message[]): void {
  const { section, wave, blackouts, planTime, planNowMs, revision } = loaded;
  const date = goLiveOf(section, wave, goLivesFrom(messages, section, wave, blackouts, planTime));
  if (!date) throw notCovered(`'${release.package}' has no go-live date: it was held back, or nobody has set one. Nothing was granted`);
  const on = `the go-live of '${release.package}' is on ${instantText(date.atMs)}`;
  if (Math.round(planNowMs) < date.atMs) throw tooEarly(`${on}, so nothing was granted before it`, toReal(date.atMs, revision.clock) - nowMs(deps));
  refuseForBlackout(blackoutOf(date, blackouts, release.package, planNowMs), loaded, release);
  if (planNowMs >= lateFrom(date, wave))
    throw notCovered(`${on}, and its window ended on ${instantText(lateFrom(date, wave))}: set another date. Nothing was granted`);
}
