/** `rolewave schema`: the JSON Schema of a plan or a site file, for editors. */
import { Argument, type Command } from 'commander';
import type { Io } from '../io.ts';

const files = ['plan', 'site'] as const;

export function addSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .description(
      'Prints the JSON Schema of the plan or of the site file. Editors with a YAML language server complete and check a file by the line `# yaml-language-server: $schema=./plan.schema.json` at its top. `rolewave validate` checks more.',
    )
    .addArgument(new Argument('<file>', 'which file').choices(files))
    .addHelpText('after', '\nExample:\n  rolewave schema plan > plan.schema.json')
    .action(async (file: (typeof files)[number]) => io.out(await schemaText(file)));
}

/** Written by `npm run reference`, with the descriptions of docs/. */
export async function schemaText(file: (typeof files)[number]): Promise<string> {
  const { default: schema } =
    file === 'plan'
      ? await import('../../domain/plan/plan.schema.json', { with: { type: 'json' } })
      : await import('../../domain/site/site.schema.json', { with: { type: 'json' } });
  return JSON.stringify(schema, null, 2);
}
