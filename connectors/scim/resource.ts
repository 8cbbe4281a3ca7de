/** JSON of a SCIM server, which may be anything: names of attributes differ in their case (RFC 7643, 2.1), and nothing is there for sure. */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';

export type Resource = Record<string, unknown>;

export const isResource = (value: unknown): value is Resource => typeof value === 'object' && value !== null && !Array.isArray(value);

export function valueOf(resource: Resource, attribute: string): unknown {
  if (Object.hasOwn(resource, attribute)) return resource[attribute];
  const wanted = attribute.toLowerCase();
  for (const [name, value] of Object.entries(resource)) if (name.toLowerCase() === wanted) return value;
  return undefined;
}

/** With its id, its version and these attributes alone. */
export function withOnly(resource: Resource, attributes: string[]): Resource {
  const wanted = new Set(['id', 'meta', ...attributes.map((name) => name.toLowerCase())]);
  return Object.fromEntries(Object.entries(resource).filter(([name]) => wanted.has(name.toLowerCase())));
}

export function textOf(resource: Resource, attribute: string): string | undefined {
  const value = valueOf(resource, attribute);
  return typeof value === 'string' ? value : undefined;
}

/** Long enough for every server, and short enough for an address. */
const longestId = 1_000;
/** A part of an address that leads nowhere else. */
export const isId = (id: string): boolean => id !== '' && id.length <= longestId && id !== '.' && id !== '..' && id.isWellFormed();

/** Throws where it has none: without it, nothing can be said of it. */
export function idOf(resource: Resource, what: string): string {
  const id = textOf(resource, 'id');
  if (id === undefined || !isId(id)) throw new SystemUnavailable(`the SCIM server answered ${what} without an id that can be used`);
  return id;
}

/** An entity tag as RFC 9110 has it; anything else is left out. */
export const entityTag = (text: string | null | undefined): string | undefined =>
  text !== undefined && text !== null && /^(W\/)?"[\u0021\u0023-\u007e]{0,500}"$/.test(text) ? text : undefined;

/** Of the resource itself, for servers that send it without a header. */
export function versionIn(resource: Resource): string | undefined {
  const meta = valueOf(resource, 'meta');
  return isResource(meta) ? entityTag(textOf(meta, 'version')) : undefined;
}

/** Of an attribute with several values, each once (RFC 7643, 2.4); undefined: it is none. Some servers write a value without its name. */
export function valuesIn(resource: Resource, attribute: string): Set<string> | undefined {
  // Without values, the attribute is not there (RFC 7643, 2.5).
  const all = valueOf(resource, attribute) ?? [];
  if (!Array.isArray(all)) return undefined;
  const values = all.map((each: unknown) => (isResource(each) ? textOf(each, 'value') : typeof each === 'string' ? each : undefined));
  return values.every((value) => value !== undefined && value !== '') ? new Set(values as string[]) : undefined;
}
