/** The people whom a site file names, with what it lets them do: for those who act on this machine without an identity provider. Its groups name nobody there. */
import type { Site } from './schema.ts';

/** By id, in the order of the file: `administrator of the site`, `may apply finance-*`, `may read finance-*`; `*` is `every plan`. */
export function peopleNamedBy({ administrators, plans }: Pick<Site, 'administrators' | 'plans'>): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  const add = (people: readonly string[], part: string) => {
    for (const id of people) parts.set(id, [...new Set([...(parts.get(id) ?? []), part])]);
  };
  add(administrators.people, 'administrator of the site');
  for (const { plan, apply, read } of plans) {
    const which = plan === '*' ? 'every plan' : plan;
    add(apply.people, `may apply ${which}`);
    add(read.people, `may read ${which}`);
  }
  return parts;
}
