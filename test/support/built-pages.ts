/** Builds the pages that tests open, as `npm run build:web` does. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export async function setup(): Promise<void> {
  const web = fileURLToPath(new URL('../../web/', import.meta.url));
  await build({ root: web, configFile: `${web}vite.config.ts`, logLevel: 'error' });
}
