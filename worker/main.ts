/**
 * `npm run worker`. Node keeps what it compiles in the state directory, so that a worker that is started again after a failure is at work sooner; that
 * has to be said before the worker's own modules are loaded, and so has how its heap grows.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectEarlier } from './heap.ts';

// A state directory that cannot be written costs only the time.
enableCompileCache(join(process.env['ROLEWAVE_HOME'] ?? fileURLToPath(new URL('../.rolewave', import.meta.url)), 'compiled'));
collectEarlier();
await import('./process.ts');
