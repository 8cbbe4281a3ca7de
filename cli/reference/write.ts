/** `npm run reference`: writes docs/command.md and the JSON Schemas. */
import { writeFile } from 'node:fs/promises';
import { referenceFiles } from './files.ts';

for (const { file, text } of await referenceFiles()) await writeFile(file, text);
