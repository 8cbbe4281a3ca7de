/** The JSON Schema beside a plan that was written, which its first line names. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { schemaText } from './commands/schema.ts';

/** Editors complete and check the plan by it. Nothing else needs it, so a folder that cannot hold it is no error. */
export async function planSchemaBeside(plan: string): Promise<void> {
  await writeFile(join(dirname(plan), 'plan.schema.json'), `${await schemaText('plan')}\n`).catch(() => undefined);
}
