/**
 * How people are named wherever somebody reads about them. Workflows, records and messages have ids; beside what is answered stand the names of those whom it
 * mentions, and pages, command and notices put them into the text by these functions.
 *
 * Ids and names are written by those who apply the plan, and people decide by what they read. So a field that holds an id is shown by name; a sentence keeps
 * every word that it had, and what could be a word, number or date of it is never taken for a person.
 */
import type { Written } from './authority/who-reads.ts';
import { withoutMisleading } from './misleading-text.ts';

/** Id of a person → name. */
export type Names = ReadonlyMap<string, string>;

/** Of one plan. `deciders`: those who decide something in it. */
export interface PlanPeople {
  names: Names;
  deciders: ReadonlySet<string>;
}

/** Everyone in these plans, the first one's names first. */
export function namesOf(...plans: { people: readonly { id: string; name: string }[] }[]): Map<string, string> {
  return new Map(plans.toReversed().flatMap(({ people }) => people.map(({ id, name }) => [id, withoutMisleading(name.slice(0, longestName))] as const)));
}

/** Plans of before may have longer ones. */
const longestName = 200;

type Deciding = Pick<Written, 'operators' | 'delegates' | 'packages'> & {
  waves: ReadonlyMap<string, { alsoSigns: readonly string[]; liftedBy: readonly string[] }>;
};

const known = new WeakMap<Deciding, ReadonlySet<string>>();

/** Who operates, is on call, owns, stands in, signs or lifts: not who only receives access. Of one outline it is asked for each answer about the plan. */
export function whoDecides(of: Deciding): ReadonlySet<string> {
  const people = known.get(of) ?? decidingIn(of);
  known.set(of, people);
  return people;
}

const decidingIn = ({ operators, delegates, packages, waves }: Deciding): Set<string> =>
  new Set([
    ...operators,
    ...delegates.flatMap(({ of, to }) => [of, to]),
    ...[...packages.values()].flatMap(({ owner, drill, claimants = [] }) => [owner, ...(drill === undefined ? [] : [drill]), ...claimants]),
    ...[...waves.values()].flatMap(({ alsoSigns, liftedBy }) => [...alsoSigns, ...liftedBy]),
  ]);

/** Whom a sentence about this plan may name. */
export const namesOfDeciders = ({ names, deciders }: PlanPeople): Names => new Map([...deciders].flatMap((id) => pair(names, id)));

const pair = (names: Names, id: string): [string, string][] => {
  const name = names.get(id);
  return name === undefined ? [] : [[id, name]];
};

/** An id as it stands in a sentence: not as a part of an address such as `plan/wave/package`, and without the point or the ’s behind it. */
const word = /(?<![\w/@.+|:-])[\w@.+|:-]*\w(?![\w/])/g;

/** `anna.lindgren`, `anna@example.com`, `auth0|5f7c`, a UUID. Not `not`, `12`, `2026-04-06`, `sign-off`, `e.g`, `1.5h`, `legacy_reader`, `UTC+2`. */
const onlyAnId = [
  /^(?=.*[A-Za-z]{2})[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+$/,
  /^[A-Za-z][\w.+-]*@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+$/,
  /^[A-Za-z][\w.-]*\|[\w.-]+$/,
  /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
];
/** Cannot be a word, number or date of a sentence. */
export const isOnlyAnId = (text: string): boolean => onlyAnId.some((form) => form.test(text));

/** Letters and what joins them: a name with numbers, brackets or colons could go on where the sentence stops. */
const plainName = /^\p{L}[\p{L}\p{M}.'’ -]{0,79}$/u;
const fitsSentence = (name: string): boolean => plainName.test(name) && !name.split(/[ '’]/).some(isOnlyAnId);

/** Fields that Rolewave fills with ids of people. Whom somebody wrote down (actions of a review, people of a tune) they may have guessed. */
const personFields = new Set(
  'actor alsoSigns answeredBy appliedBy approvedBy by liftedBy mayAnswer of operators owner people person receivers recipient rejectedBy signedBy signers to who'.split(
    ' ',
  ),
);
/** Fields in which Rolewave says something. */
const sentences = new Set(['text', 'why', 'line', 'endedWhy', 'result', 'receiptLine', 'dependencyCheck']);
/** The text of such an event or note is what somebody wrote. */
export const isTheirOwn = (kind: string): boolean => kind === 'note' || kind.startsWith('evidence-');
/** What people said, and what they sent; so are the actions of a review. */
const theirOwn = new Set(['notes', 'step', 'tune', 'data']);

/** The names of those whom `answer` has in its fields, and of those who decide in the plan and stand in its sentences. What people wrote names nobody. */
export function namesAmong(people: PlanPeople | undefined, answer: unknown): Record<string, string> {
  return people === undefined ? {} : Object.fromEntries(found(people, answer));
}

function found({ names, deciders }: PlanPeople, answer: unknown): Map<string, string> {
  const given = new Map<string, string>();
  const note = (id: string) => {
    for (const [, name] of pair(names, id)) given.set(id, name);
  };
  const look = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (personFields.has(key)) note(value);
      else if (sentences.has(key)) for (const [id] of value.matchAll(word)) if (deciders.has(id) && isOnlyAnId(id)) note(id);
    } else if (Array.isArray(value)) for (const each of value) look(each, key);
    else if (typeof value === 'object' && value !== null) {
      const isTheirs = isTheirOwn(String((value as { kind?: unknown }).kind));
      for (const name of Object.keys(value)) {
        const each = (value as Record<string, unknown>)[name];
        if (name === 'notes' && Array.isArray(each)) for (const { by } of each as { by?: unknown }[]) look(by, 'by');
        if (theirOwn.has(name) || (key === 'review' && name === 'actions') || (isTheirs && name === 'text')) continue;
        look(each, name);
      }
    }
  };
  look(answer, '');
  return given;
}

/**
 * For rows of several plans: each plan names the people of its own rows only. `names` are shown beside all of them, so an id that stands in rows of two plans is
 * named only if both give it the same name.
 */
export function namesInRows<Row>(rows: readonly Row[], planOf: (row: Row) => string, people: ReadonlyMap<string, PlanPeople>): Record<string, string> {
  const parts = [...Map.groupBy(rows, planOf)].map(([plan, ofPlan]) => {
    const of = people.get(plan);
    return { answer: ofPlan, names: of === undefined ? new Map<string, string>() : found(of, ofPlan) };
  });
  return Object.fromEntries(agreedNames(parts));
}

/** Of several answers, each with its names: those that every answer gives that mentions the id anywhere. */
export function agreedNames(parts: readonly { answer: unknown; names: Names }[]): Map<string, string> {
  const agreed = new Map<string, string>(parts.toReversed().flatMap(({ names }) => [...names]));
  if (parts.length < 2) return agreed;
  for (const { answer, names } of parts) {
    // Most answers give everybody the name that all of them give: then nothing of megabytes is read.
    const inDoubt = new Set([...agreed].flatMap(([id, name]) => (names.get(id) === name ? [] : [id])));
    if (inDoubt.size > 0) for (const id of mentionedIn(answer, inDoubt)) agreed.delete(id);
  }
  return agreed;
}

/** Those of `ids` that are a text in it, or a word of one. */
function mentionedIn(answer: unknown, ids: ReadonlySet<string>): Set<string> {
  const all = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (ids.has(value)) all.add(value);
      for (const [id] of value.matchAll(word)) if (ids.has(id)) all.add(id);
    } else if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === 'object' && value !== null) for (const name of Object.keys(value)) look((value as Record<string, unknown>)[name]);
  };
  look(answer);
  return all;
}

/** Somebody in a field, where text follows or stands before: by id and name. The id says where the name begins, and the bracket where it ends. */
export function personNamed(names: Names, id: string): string {
  const name = names.get(id);
  return name === undefined || name === id || !fitsSentence(name) ? id : `${id} (${name})`;
}

/** What is in quotation marks is somebody's own. Each mark is looked at once, also where none is closed. */
const quotation = /(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|[“„][^“”„\n]*[“”]|«[^«»\n]*»|‘[^‘’\n]*’(?!\w)/g;

/**
 * A sentence that has ids, with names behind them: `viktor.hansen (Viktor Hansen)`. Nothing that it says is left out: without the brackets it is the same text.
 * Naming it twice changes nothing.
 */
export function withNames(names: Names, text: string): string {
  const isNamed = (id: string) => names.has(id) && isOnlyAnId(id);
  if (names.size === 0 || ![...text.matchAll(word)].some(([id]) => isNamed(id))) return text;
  const named = (part: string, from: number) =>
    part.replaceAll(word, (id, at: number) => {
      if (!isNamed(id)) return id;
      const [start, end] = [from + at, from + at + id.length];
      const shown = personNamed(names, id);
      return (text[start - 1] === '(' && text[end] === ')') || text.startsWith(shown, start) ? id : shown;
    });
  const parts: string[] = [];
  let at = 0;
  for (const { index, 0: quoted } of text.matchAll(quotation)) {
    parts.push(named(text.slice(at, index), at), quoted);
    at = index + quoted.length;
  }
  return [...parts, named(text.slice(at), at)].join('');
}
