/** Global setup: the pages as they are now, built. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

export default async function setup(): Promise<void> {
  await build({ root: web, configFile: `${web}vite.config.ts`, logLevel: 'warn' });
}
