/** The JSON Schemas of the plan and of the site file, for editors: from the schemas that check the files, with the descriptions of their pages in docs/. */
import { z } from 'zod';
import { planSchema } from '../../domain/plan/schema.ts';
import { siteSchema } from '../../domain/site/schema.ts';

interface Json {
  description?: string;
  properties?: Record<string, Json>;
  items?: Json;
  oneOf?: Json[];
  anyOf?: Json[];
  [key: string]: unknown;
}

/** `page`: the Markdown of docs/plan.md. */
export const planJsonSchema = (page: string): Json => described(planSchema, page, 'Plan of Rolewave');
/** `page`: the Markdown of docs/site.md. */
export const siteJsonSchema = (page: string): Json => described(siteSchema, page, 'Site file of Rolewave');

function described(schema: z.ZodType, page: string, title: string): Json {
  const { $schema, ...json } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as Json;
  const texts = rowsOf(page);
  annotate(json, '', texts);
  return { $schema, title, ...json };
}

/** By the path of the key as the page writes it, `packages[].watch.length`: what its row says. */
function rowsOf(page: string): Map<string, string> {
  const texts = new Map<string, string>();
  const above: string[] = [];
  for (const line of page.split('\n')) {
    const [, marks = '', heading = ''] = /^(##+) (.*)$/.exec(line) ?? [];
    if (marks !== '') above.splice(marks.length - 2, above.length, /^`([^`]+)`/.exec(heading)?.[1] ?? '');
    const [, key, meaning, without = ''] = /^\| `([\w-]+)`[^|]*\| ([^|]+)\|(?: ([^|]*)\|)?/.exec(line) ?? [];
    if (key === undefined || meaning === undefined) continue;
    const path = [...above.filter((part) => part !== ''), key].join('.');
    const rest = without.trim();
    texts.set(path, plain(`${meaning.trim()}${rest === '' ? '' : ` (if left out: ${rest})`}`));
  }
  return texts;
}

/** Editors show it as it is. */
const plain = (markdown: string): string =>
  markdown
    .replace(/<[^>]*>/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`/g, '')
    .replace(/ \*(?=[ ,.;:]|$)/g, '');

function annotate(json: Json, path: string, texts: Map<string, string>): void {
  for (const [key, inner] of Object.entries(json.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`;
    const text = texts.get(at);
    if (text !== undefined) inner.description = text;
    annotate(inner, at, texts);
  }
  if (json.items) annotate(json.items, `${path}[]`, texts);
  for (const variant of [...(json.oneOf ?? []), ...(json.anyOf ?? [])]) annotate(variant, path, texts);
}
