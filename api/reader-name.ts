/**
 * What a person is called. Anybody who may apply a plan can name anyone in it, so their own sign-in comes first, then a plan that the site lets them apply
 * themselves, and then what the plans under most rights of the site say. Where those do not agree, the id is the name.
 */
import type { Reading } from '../domain/authority/who-reads.ts';
import type { Caller } from '../domain/site/caller.ts';
import { mayApply, rightOf } from '../domain/site/rights.ts';
import type { Site } from '../domain/site/schema.ts';
import { inParallel } from './in-parallel.ts';
import type { Services } from './route.ts';

/** Of each right; more plans under the same one say nothing more. */
const plansOfARight = 3;
const plansInAll = 60;

interface Said {
  right: string;
  own: boolean;
  name: string;
}

/** `readings`: of the plans that they see; their name in another one would tell them that it exists. */
export async function readerName(
  { site, planned }: Pick<Services, 'site' | 'planned'>,
  caller: Caller,
  readings: ReadonlyMap<string, Reading>,
  signedInAs: string | undefined,
): Promise<string> {
  if (signedInAs !== undefined) return signedInAs;
  const asked = plansToAsk(site.now(), caller, [...readings.keys()]);
  const said = await inParallel(8, asked, async ({ plan, ...of }): Promise<Said[]> => {
    const name = await planned.nameIn(readings.get(plan) ?? { plan }, caller.id);
    return name === undefined ? [] : [{ ...of, name }];
  });
  return nameAmong(said.flat()) ?? caller.id;
}

function plansToAsk(site: Site, caller: Caller, plans: string[]): { plan: string; right: string; own: boolean }[] {
  const byRight = Map.groupBy(plans, (plan) => rightOf(site, plan)?.plan ?? '');
  return [...byRight]
    .flatMap(([right, of]) => of.slice(0, plansOfARight).map((plan) => ({ plan, right, own: mayApply(site, plan, caller) })))
    .toSorted((a, b) => Number(b.own) - Number(a.own))
    .slice(0, plansInAll);
}

/** Each right has one vote for each name that its plans give. Undefined: no name has more than all others. */
export function nameAmong(said: readonly Said[]): string | undefined {
  const own = said.filter((each) => each.own);
  const votes = Map.groupBy(own.length > 0 ? own : said, ({ name }) => name);
  const counted = [...votes].map(([name, of]) => ({ name, rights: new Set(of.map(({ right }) => right)).size })).toSorted((a, b) => b.rights - a.rights);
  const [first, second] = counted;
  return first && first.rights > (second?.rights ?? 0) ? first.name : undefined;
}
