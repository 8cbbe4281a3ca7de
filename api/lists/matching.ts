/** Whether a row matches the filters. It must satisfy every filter, by one of that filter's values. */
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { Services } from '../route.ts';
import type { KnownWave } from '../known-waves.ts';
import type { PackageFacts } from '../planned-waves.ts';

export interface AboutPackages {
  owner?: string[] | undefined;
  team?: string[] | undefined;
  risk?: string[] | undefined;
}

/** What is not shown matches nothing. */
export const isAmong = (allowed: readonly string[] | undefined, value: string | undefined): boolean =>
  allowed === undefined || (value !== undefined && allowed.includes(value));

export const packageMatches = ({ owner, team, risk }: AboutPackages, facts: PackageFacts): boolean =>
  isAmong(owner, facts.owner) && isAmong(team, facts.team) && isAmong(risk, facts.risk);

/** Case-insensitive. */
export const hasText = (wanted: string | undefined, texts: string[]): boolean =>
  wanted === undefined || texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()));

interface WaveFilter extends AboutPackages {
  wave?: string[] | undefined;
  state?: string[] | undefined;
  text?: string | undefined;
}

/** A wave matches an owner, a team or a risk if one of its packages does. */
export function waveMatches(filter: WaveFilter, { wave, stage, description, packages }: KnownWave): boolean {
  const { owner, team, risk } = filter;
  const wantsPackage = [owner, team, risk].some((values) => values !== undefined);
  return (
    isAmong(filter.wave, wave) &&
    isAmong(filter.state, stage) &&
    (!wantsPackage || packages.some((facts) => packageMatches(filter, facts))) &&
    hasText(filter.text, [wave, description, ...packages.flatMap((facts) => [facts.package, facts.name])])
  );
}

/** The packages of an owner, a team or a risk, for lists whose rows only name a package; undefined without such a filter. */
export async function packagesAskedFor(
  services: Services,
  query: AboutPackages,
  readings: ReadonlyMap<string, Reading>,
): Promise<{ plan: string; package: string }[] | undefined> {
  if ([query.owner, query.team, query.risk].every((values) => values === undefined)) return undefined;
  const planned = await services.planned.of([...readings.values()]);
  return planned.flatMap(({ plan, packages }) => packages.filter((facts) => packageMatches(query, facts)).map((facts) => ({ plan, package: facts.package })));
}
