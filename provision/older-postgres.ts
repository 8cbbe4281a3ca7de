/** The older versions of PostgreSQL that tests run on: packages of npm, which `npm run servers:older` puts into the cache. */
import { join } from 'node:path';
import { cachePlace } from './cache.ts';

/** Of the packages, the newest first. */
export const olderVersions = ['17.10.0-beta.17', '16.14.0-beta.17', '15.18.0-beta.17'];

/** The file of the cache that says in which folder the binaries of this version are. */
export const whereBinariesAre = (version: string): string => join(cachePlace(`postgres-${version}`), 'binaries');
