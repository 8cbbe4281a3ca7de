/** The site file of `npm start`: the user's, or a first one that knows no system yet. */
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { firstSite } from '../domain/site/first-site.ts';

/** Whether it was written now. Never touches one that is there. */
export function writeFirstSite(file: string): boolean {
  if (existsSync(file)) return false;
  writeFileSync(file, firstSite({ administrator: userInfo().username }), { mode: 0o644, flag: 'wx' });
  return true;
}
