/** Turns a schema's issues into sentences that say what is wrong in a plan, or in another file of this form, and what to write. */
import type { z } from 'zod';
import { didYouMean } from './nearest.ts';
import { quote } from './places.ts';
import type { Finding, Path } from './places.ts';
import { idForm, personIdForm } from './fields.ts';
import { planSchema } from './schema.ts';
import { keysAt } from './schema-shape.ts';
import { notADateText, notADurationText } from '../time/written.ts';
import { numberText } from '../number-text.ts';

/** `line` and `column` count from 1; `path` reads like `packages[2].watch.length`, and is empty for the file as a whole. */
export interface Mistake {
  file: string;
  line: number;
  column: number;
  path: string;
  message: string;
}

/** `plan.yaml:12:5  packages[0].owner  unknown owner 'x'…` */
export const mistakeLine = ({ file, line, column, path, message }: Mistake): string => `${file}:${line}:${column}  ${path === '' ? '' : `${path}  `}${message}`;

type Issue = z.core.$ZodIssue;

/** A kind of file: its schema, and its words for people. */
export interface FileForm {
  schema: z.ZodType;
  /** The file as a whole, as the subject of a sentence. */
  whole: string;
  /** Sentences for missing parts, where the key alone does not explain itself; by path without numbers. */
  missing: ReadonlyMap<string, string>;
  /** What an entry of a list is called; by the list's key. */
  nouns: ReadonlyMap<string, string>;
}

const missing = {
  'metrics.provider': 'has no provider: write where its value comes from, such as provider: { kind: sql, system: erp, query: … }',
  'packages.rollbackPath': "has no rollback path: list under rollbackPath the steps that undo it, one per line starting with '- '",
  'packages.owner': 'has no owner: name under owner the person who is responsible for it',
  'packages.cohort': 'has no people: list under cohort the people who receive it',
  'packages.watch': 'has no watch: write how long and with which metrics it is watched after go-live',
  'packages.entitlements': 'grants nothing: list under entitlements the roles that it grants',
  'packages.requires.drill.signedBy': 'requires a drill without a signer: name under signedBy the person who signs it',
  'packages.watch.metrics': 'is watched by no metric: list at least one under metrics, such as access-drift',
  'waves.packages': 'has no packages: list under packages the packages that it releases',
  'waves.hold.reason': 'is on hold without a reason: write it under reason',
  'waves.hold.liftedBy': 'is on hold and nobody can lift it: name under liftedBy the people who may',
  plan: 'the plan has no name: start with a line such as plan: role-packages',
  systems: 'the plan names no system: list under systems where the roles live',
  people: 'the plan names no people: list them under people',
  operators: 'the plan names no operators: list under operators the people who may extend, pause, hold back and abort',
  packages: 'the plan has no packages: list them under packages',
  waves: 'the plan has no waves: list them under waves',
};

/** The plan's form. */
export const planForm: FileForm = {
  schema: planSchema,
  whole: 'the plan',
  missing: new Map(Object.entries(missing)),
  nouns: new Map([
    ['systems', 'system'],
    ['people', 'person'],
    ['metrics', 'metric'],
    ['packages', 'package'],
    ['waves', 'wave'],
  ]),
};

/** People write connection strings here by mistake; a message must not repeat the secret. */
const neverRepeated = new Set(['connection']);

/** `written`: a value that is not text, as the file has it. */
export function findingsOf(issues: readonly Issue[], raw: unknown, written: (path: Path) => string | undefined, form: FileForm = planForm): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        key: true,
        say: () => withSubject(raw, path, (form === planForm ? replacedKey(key, path) : undefined) ?? unknownKey(key, keysAt(path, raw, form.schema)), form),
      }));
    }
    if (issue.code === 'invalid_union' && 'options' in issue)
      return [{ path, say: () => withSubject(raw, path, words(unknownKind(issue), path, undefined, form), form) }];
    return [{ path, key: issue.code === 'invalid_key', say: () => withSubject(raw, path, words(issue, path, written(path), form), form) }];
  });
}

/** Where the schema depends on a kind, an unknown kind is reported like any other wrong value. */
const unknownKind = ({ options = [], input, path, message }: z.core.$ZodIssueInvalidUnion & { options?: z.core.util.Primitive[] }): Issue => ({
  code: 'invalid_value',
  values: options,
  input: (input as { kind?: unknown } | undefined)?.kind,
  path,
  message,
});

/** A key that another has replaced. */
const replacedKey = (key: string, path: Path): string | undefined =>
  path[0] === 'metrics' && key === 'unit'
    ? "'unit' is replaced by 'kind': write kind: rate for a count, kind: ratio, or kind: gauge for a state at an instant"
    : undefined;

function unknownKey(key: string, known: string[] | undefined): string {
  const near = known ? didYouMean(key, known) : '';
  return `unknown key ${quote(key)}${near || (known ? `; known keys here: ${known.join(', ')}` : '')}`;
}

function words(issue: Issue, path: Path, written: string | undefined, form: FileForm): string {
  const name = nameOf(path, form);
  const { input } = issue;
  if (issue.code === 'invalid_value' && (input === undefined || input === null)) return `${name} is missing: write ${oneOf(issue.values)}`;
  if (issue.code === 'invalid_type' && (input === undefined || input === null)) return missingText(path, name, input === null, form);
  if (issue.code === 'too_small' && issue.origin === 'array') return form.missing.get(keyPath(path)) ?? `${name} needs at least one entry`;
  const shown = neverRepeated.has(String(path.at(-1))) ? 'this value' : quote(written ?? input);
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue, name, shown);
    case 'invalid_value':
      return `${name} must be ${oneOf(issue.values)}, but is ${shown}${typeof input === 'string' ? didYouMean(input, issue.values.map(String)) : ''}`;
    case 'invalid_format':
      return wrongFormat(issue, name, shown);
    case 'invalid_key':
      return `${quote(path.at(-1))} is not an id of a system: ${issue.issues[0]?.message ?? 'write a known id'}`;
    case 'too_small':
      return issue.origin === 'string' ? `${name} is empty` : `${name} must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, but is ${shown}`;
    case 'too_big':
      if (issue.origin === 'array') return `${name} has more than ${numberText(issue.maximum)} entries`;
      return issue.origin === 'string'
        ? `${name} is longer than ${numberText(issue.maximum)} characters`
        : `${name} must be at most ${numberText(issue.maximum)}, but is ${shown}`;
    default:
      return issue.message;
  }
}

function missingText(path: Path, name: string, written: boolean, form: FileForm): string {
  const known = form.missing.get(keyPath(path));
  if (known) return known;
  if (typeof path.at(-1) === 'number') return `${name} is an empty entry: write it, or remove its '-'`;
  return written ? `${name} has no value: write one, or remove the key if it is not needed` : `${name} is missing`;
}

function wrongType(issue: z.core.$ZodIssueInvalidType, name: string, shown: string): string {
  if (issue.message === notADateText || issue.message === notADurationText) return `${shown} ${issue.message}`;
  switch (issue.expected) {
    case 'string':
      return typeof issue.input === 'object'
        ? `${name} must be text, but is a ${Array.isArray(issue.input) ? 'list' : 'group of keys'}`
        : `${name} must be text: put ${shown} between quotes`;
    case 'array':
      return `${name} must be a list, one entry per line starting with '- ', but is ${kind(issue.input, shown)}`;
    case 'object':
    case 'record':
      return `${name} must be a group of keys, but is ${kind(issue.input, shown)}`;
    case 'boolean':
      return `${name} must be true or false, but is ${shown}`;
    case 'int':
      return `${name} must be a whole number, but is ${shown}`;
    default:
      return `${name} must be a number, but is ${kind(issue.input, shown)}`;
  }
}

function wrongFormat(issue: z.core.$ZodIssueInvalidStringFormat, name: string, shown: string): string {
  if (issue.format === 'email') return `${shown} is not an e-mail address`;
  if (issue.message === idForm || issue.message === personIdForm) return `${shown} is not an id: ${issue.message}`;
  return `${name} ${issue.message}`;
}

const kind = (input: unknown, shown: string) => (Array.isArray(input) ? 'a list' : typeof input === 'object' && input !== null ? 'a group of keys' : shown);
const oneOf = (values: readonly unknown[]) => (values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${String(values.at(-1))}`);
const keyPath = (path: Path) => path.filter((step) => typeof step === 'string').join('.');

/** The last key, with the entry's number (from 1) where it is one of a list. */
function nameOf(path: Path, form: FileForm): string {
  const last = path.at(-1);
  if (typeof last === 'number') return `entry ${last + 1} of ${quote(path.findLast((step) => typeof step === 'string') ?? 'the list')}`;
  return last === undefined ? form.whole : quote(last);
}

/** Starts the sentence with its subject: `package 'x': …`, or `package 'x' has no …`. */
function withSubject(raw: unknown, path: Path, message: string, form: FileForm): string {
  const [list, index] = path;
  const noun = typeof list === 'string' ? form.nouns.get(list) : undefined;
  if (!noun || typeof index !== 'number') return message;
  const entry = ((raw as Record<string, unknown[]>)[list as string] as Record<string, unknown>[])[index];
  const id = typeof entry?.id === 'string' ? quote(entry.id) : `number ${index + 1}`;
  // The sentence about a missing part continues from its subject.
  return message === form.missing.get(keyPath(path)) ? `${noun} ${id} ${message}` : `${noun} ${id}: ${message}`;
}
