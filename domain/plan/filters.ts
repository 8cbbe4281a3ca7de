/**
 * Filters of cohorts, which plans write and systems run with the login of the site: RFC 4515 for directories, RFC 7644 (3.4.2.2) for SCIM. Read here to the end, so
 * that a mistake is named before anything is asked, and to know by which attributes a filter chooses: the site lists those, because the answers of a
 * filter tell what is in an attribute that its author may not read.
 */

/** Nobody writes a filter of more levels, and a reader of brackets in brackets has to end. */
const mostLevels = 40;

/** Why a filter is refused, as a part of a sentence that begins with 'it'. */
export class FilterMistake extends Error {}

const mistake = (why: string): never => {
  throw new FilterMistake(why);
};

export interface FilterRead {
  /** In lower case, without options. */
  attributes: Set<string>;
  /** What is sent: for SCIM written anew, so that the server reads what was read here. */
  text: string;
}

/** Throws FilterMistake. */
export function readDirectoryFilter(filter: string): FilterRead {
  const text = filter.trim();
  const attributes = new Set<string>();
  let at = 0;
  const take = (character: string, why: string) => (text[at] === character ? void (at += 1) : mistake(why));
  const one = (level: number): void => {
    if (level > mostLevels) mistake(`it has more than ${mostLevels} levels of brackets`);
    take('(', at === 0 ? 'a filter of a directory is in brackets, such as (departmentNumber=7)' : 'it lacks an opening bracket');
    if (text[at] === '&' || text[at] === '|') {
      at += 1;
      if (text[at] !== '(') mistake('it puts nothing together by & or |');
      while (text[at] === '(') one(level + 1);
    } else if (text[at] === '!') {
      at += 1;
      one(level + 1);
    } else item();
    take(')', 'it opens a bracket that it does not close');
  };
  const item = (): void => {
    const [whole, name = ''] = /^([A-Za-z][A-Za-z0-9-]*)(?:;[A-Za-z0-9-]+)*(?:~=|>=|<=|=)[^()\0]*/.exec(text.slice(at)) ?? [];
    if (whole === undefined) return mistake('it has a condition that is not attribute, =, ~=, >= or <=, and value');
    attributes.add(name.toLowerCase());
    at += whole.length;
  };
  one(1);
  if (at < text.length) mistake('it closes a bracket that it did not open, or goes on after its last one');
  return { attributes, text };
}

const scimTokens = /\s*(?:([()[\]])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|([A-Za-z0-9$_.:-]+))/uy;
const comparisons = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const attributePath = /^(?:urn:[A-Za-z0-9$_.:-]+:)?[A-Za-z$][A-Za-z0-9$_-]*(?:\.[A-Za-z$][A-Za-z0-9$_-]*)?$/;
const isNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Throws FilterMistake. */
export function readScimFilter(filter: string): FilterRead {
  const tokens = tokensOf(filter);
  const attributes = new Set<string>();
  let at = 0;
  const word = () => tokens[at]?.toLowerCase();
  const take = (token: string) => (tokens[at] === token ? void (at += 1) : mistake(`it lacks ${token}`));
  const either = (level: number, within: string): string => joined(level, within, 'or', both);
  const both = (level: number, within: string): string => joined(level, within, 'and', single);
  const joined = (level: number, within: string, by: string, next: (level: number, within: string) => string): string => {
    const parts = [next(level, within)];
    while (word() === by) {
      at += 1;
      parts.push(next(level, within));
    }
    return parts.join(` ${by} `);
  };
  const bracketed = (level: number, within: string): string => {
    take('(');
    const inner = either(level + 1, within);
    take(')');
    return `(${inner})`;
  };
  const single = (level: number, within: string): string => {
    if (level > mostLevels) mistake(`it has more than ${mostLevels} levels of brackets`);
    if (tokens[at] === '(') return bracketed(level, within);
    if (word() === 'not' && tokens[at + 1] === '(') {
      at += 1;
      return `not ${bracketed(level, within)}`;
    }
    const path = tokens[at] ?? mistake('it ends too early');
    if (!attributePath.test(path)) mistake(`it has '${path.slice(0, 40)}' where the name of an attribute belongs`);
    at += 1;
    const name = within === '' ? path : `${within}.${path}`;
    if (tokens[at] === '[') {
      if (within !== '') mistake('it has [ ] within [ ]');
      at += 1;
      const inner = either(level + 1, path);
      take(']');
      return `${path}[${inner}]`;
    }
    attributes.add(name.toLowerCase());
    return `${path} ${compared()}`;
  };
  const compared = (): string => {
    const operator = word() ?? mistake('it ends too early');
    at += 1;
    if (operator === 'pr') return operator;
    if (!comparisons.has(operator)) mistake(`it compares by '${operator.slice(0, 40)}', and there are pr, ${[...comparisons].join(', ')}`);
    const value = tokens[at] ?? mistake('it compares with nothing');
    at += 1;
    if (value.startsWith('"')) return `${operator} ${JSON.stringify(JSON.parse(value))}`;
    if (!isNumber.test(value) && !['true', 'false', 'null'].includes(value))
      mistake(`it compares with '${value.slice(0, 40)}', which is no number: put text into double quotes`);
    return `${operator} ${value}`;
  };
  const text = either(1, '');
  if (at < tokens.length) mistake(`it goes on after its end, with '${tokens[at]?.slice(0, 40)}'`);
  return { attributes, text };
}

function tokensOf(filter: string): string[] {
  const tokens: string[] = [];
  const text = filter.trimEnd();
  scimTokens.lastIndex = 0;
  while (scimTokens.lastIndex < text.length) {
    const from = scimTokens.lastIndex;
    const found = scimTokens.exec(text);
    if (!found) return mistake(`it has '${text.slice(from, from + 20).trim()}', which is no part of a filter`);
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  return tokens;
}

/** Why the site does not let a plan choose by these attributes, as a part of a sentence; undefined: it does. An attribute stands for its parts: `emails` for `emails.type`. */
export function attributeRefusal(attributes: Iterable<string>, allowed: readonly string[]): string | undefined {
  const listed = new Set(allowed.map((name) => name.toLowerCase()));
  const parent = (name: string) => name.replace(/\.[^.:]*$/, '');
  const others = [...attributes].filter((name) => !listed.has(name) && !listed.has(parent(name)));
  if (others.length === 0) return undefined;
  const names = others.map((name) => `'${name}'`).join(', ');
  return allowed.length === 0
    ? `it chooses by ${names}, and the site lets plans filter by no attribute: accounts.filterBy in the site file lists those that they may`
    : `it chooses by ${names}, and the site lets plans filter by ${allowed.join(', ')} (accounts.filterBy)`;
}

/** Why a filter cannot be used, as a part of a sentence; undefined: it can. */
export function mistakeInFilter(read: (filter: string) => FilterRead, filter: string, allowed: readonly string[]): string | undefined {
  try {
    return attributeRefusal(read(filter).attributes, allowed);
  } catch (error) {
    if (error instanceof FilterMistake) return error.message;
    throw error;
  }
}
