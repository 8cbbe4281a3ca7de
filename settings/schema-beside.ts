/** The JSON Schema beside a file that was written, which the file's first line names. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of an earlier version is brought up to date; a file of the same name that is something else stays as it is. */
export function writeSchemaBeside(folder: string, name: 'plan' | 'site', schema: { title: string }): void {
  const file = join(folder, `${name}.schema.json`);
  if (!isOurs(file, schema.title)) return;
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}

function isOurs(file: string, title: string): boolean {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as { title?: unknown } | null;
    return found?.title === title;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
