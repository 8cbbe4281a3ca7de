/**
 * How people are named wherever somebody reads about them. Workflows, records and messages have ids; beside what is answered stand the names of those whom it
 * mentions, and pages, command and notices put them into the text by these functions.
 */
import { withoutMisleading } from './misleading-text.ts';

/** Id of a person → name. */
export type Names = ReadonlyMap<string, string>;

/** Everyone in these plans, the first one's names first. */
export function namesOf(...plans: { people: readonly { id: string; name: string }[] }[]): Map<string, string> {
  return new Map(plans.toReversed().flatMap(({ people }) => people.map(({ id, name }) => [id, withoutMisleading(name)] as const)));
}

/** An id as it stands in a sentence: not as a part of an address such as `plan/wave/package`, and without the point or the ’s behind it. */
const word = /(?<![\w/@.+|:-])[\w@.+|:-]*\w(?![\w/])/g;

/** Those whom `answer` mentions, anywhere in it: as the whole of a text, or within a sentence. Of several plans that name one id differently, nobody. */
export function namesAmong(names: Names | readonly Names[], answer: unknown): Record<string, string> {
  const all = Array.isArray(names) ? (names as readonly Names[]) : [names as Names];
  const found: Record<string, string> = {};
  const note = (id: string) => {
    const given = new Set(all.flatMap((each) => each.get(id) ?? []));
    const [name] = given;
    if (given.size === 1 && name !== undefined) found[id] = name;
  };
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      note(value);
      if (value.includes(' ')) for (const [id] of value.matchAll(word)) note(id);
    } else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) look(each);
  };
  look(answer);
  return found;
}

/** A sentence that has ids, with names. `as`: how somebody is shown; by name alone where it is left out. `aside`: the id stands in brackets of its own. */
export const withNames = (names: Names, text: string, as: (id: string, name: string, aside: boolean) => string = (_id, name) => name): string =>
  names.size === 0
    ? text
    : text.replaceAll(word, (id, at: number) => {
        const name = names.get(id);
        return name === undefined || name === id ? id : as(id, name, text[at - 1] === '(' && text[at + id.length] === ')');
      });
