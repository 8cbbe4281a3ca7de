/** The folder of `npm start`'s data. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

export const homeOf = (env: Record<string, string | undefined>): string => env['ROLEWAVE_HOME'] ?? join(project, '.rolewave');
