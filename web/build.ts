/**
 * `prepare` of `npm ci`: builds the pages, unless the tools that build them are not installed, as in a production install. There the pages come with the image,
 * or the endpoint says that they are missing.
 */
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
try {
  import.meta.resolve('vite');
} catch {
  process.exit(0);
}
const { build } = await import('vite');
await build({ root: here, configFile: `${here}vite.config.ts`, logLevel: 'warn' });
