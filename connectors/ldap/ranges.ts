/** Active Directory answers long lists of members in ranges (`member;range=0-1499`): all of them are read, or it is an error. */
import type { Entry } from 'ldapts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { valuesOf } from './session.ts';

/** `read`: the same entry with these attributes. */
export async function allValues(entry: Entry, attribute: string, read: (attributes: string[]) => Promise<Entry | undefined>): Promise<string[]> {
  const range = rangeIn(entry, attribute);
  if (!range) return valuesOf(entry, attribute);
  const values = valuesOf(entry, range.name);
  for (let { last } = range; last !== undefined;) {
    const next = last + 1;
    const more = await read([`${attribute};range=${next}-*`]);
    const found = more && rangeIn(more, attribute);
    // Where the group lost members meanwhile, the next range does not exist any more.
    if (!more || !found || found.first !== next)
      throw new SystemUnavailable(`the list of members changed while it was read: '${attribute}' from ${next} on was not answered`);
    values.push(...valuesOf(more, found.name));
    last = found.last;
  }
  return values;
}

/** `last` undefined: it is the last range. */
function rangeIn(entry: Entry, attribute: string): { name: string; first: number; last: number | undefined } | undefined {
  for (const name of Object.keys(entry)) {
    const [, named, first, last] = /^([^;]+);range=(\d+)-(\d+|\*)$/i.exec(name) ?? [];
    // The name that was asked for comes back without values where the server has another range.
    if (named?.toLowerCase() === attribute.toLowerCase() && valuesOf(entry, name).length > 0)
      return { name, first: Number(first), last: last === '*' ? undefined : Number(last) };
  }
  return undefined;
}
