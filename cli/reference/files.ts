/** The files that are generated from definitions, and what each holds now. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandPage } from './command-page.ts';
import { planJsonSchema, siteJsonSchema } from './json-schema.ts';
import { searchAttributesPage } from './search-attributes-page.ts';

const docs = join(import.meta.dirname, '../../docs');

export async function referenceFiles(): Promise<{ file: string; text: string }[]> {
  const page = (name: string) => readFile(join(docs, name), 'utf8');
  const json = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;
  return [
    { file: join(docs, 'command.md'), text: await commandPage() },
    { file: join(docs, 'search-attributes.md'), text: searchAttributesPage() },
    { file: join(docs, '../domain/plan/plan.schema.json'), text: json(planJsonSchema(await page('plan.md'))) },
    { file: join(docs, '../domain/site/site.schema.json'), text: json(siteJsonSchema(await page('site.md'))) },
  ];
}
