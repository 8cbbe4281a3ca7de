/** The first site file of this machine: written where there is none, and never changed afterwards. */
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { isPersonId } from '../domain/plan/fields.ts';
import schema from '../domain/site/site.schema.json' with { type: 'json' };
import { writeSchemaBeside } from './schema-beside.ts';
import { firstSite, whoIsAlone, type FirstSite } from '../domain/site/first-site.ts';

/** Who alone could apply a plan and approve it, by the first site file; undefined: nobody. */
export const aloneInFirstSite = (plan?: FirstSite['plan']): string | undefined => whoIsAlone(personHere(), plan);

/**
 * Whether it was written now, with the JSON Schema that its first line names. `plan`: what `init` has found; before that, the site knows no system.
 * `isSeparated`: separation of duties stays also where one person is alone.
 */
export function writeFirstSite(file: string, plan?: FirstSite['plan'], isSeparated = false): boolean {
  if (existsSync(file)) return false;
  writeFileSync(file, firstSite({ administrator: personHere(), ...(plan ? { plan } : {}), isSeparated }), { mode: 0o644, flag: 'wx' });
  writeSchemaBeside(dirname(file), 'site', schema);
  return true;
}

/** The person at this machine, by the name of their login. */
function personHere(): string {
  const { username } = userInfo();
  return isPersonId(username) ? username : 'administrator';
}
