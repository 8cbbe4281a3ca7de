/**
 * Where the service desk's package is granted: in a directory, on a machine that can have OpenLDAP, and otherwise in the ERP's database, as the other packages
 * are. The plan is the same, because it names a system by its id; what the system is, is in the site file. A folder of the demonstration keeps to what it
 * began with, because a release is rolled back where it was granted.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { findSlapd, type Slapd } from '../provision/find-slapd.ts';
import type { Place } from '../provision/rolewave.ts';
import { removeSlapd, startSlapd } from '../provision/slapd.ts';
import { addDeskRoles, grantsOf, type ErpDatabase } from './database.ts';
import { type CompanyPerson, deskGroups, directorySettings, prepareDirectory, readDesk } from './directory.ts';

export interface Desk {
  /** For people: `OpenLDAP, ldap://127.0.0.1:1389`. */
  where: string;
  /** Address of the directory; absent where the package is granted in PostgreSQL. */
  directoryUrl?: string;
  /** Connection string of Rolewave's login, for the variable that the site file names. */
  connection: string;
  siteFile: string;
  /** Who is in which of the groups now, read from the system itself. */
  holders(): Promise<{ role: string; account: string }[]>;
}

export interface DeskOptions {
  erp: ErpDatabase;
  people: CompanyPerson[];
  /** Do without a directory, even where one can be had. */
  withoutDirectory: boolean;
  /** Whether this folder has data of an earlier run. */
  isUsed: boolean;
}

const systemId = 'directory';
const siteFile = fileURLToPath(new URL('site.yaml', import.meta.url));
type Kept = 'openldap' | 'postgres';

export async function startDesk(place: Place, options: DeskOptions): Promise<Desk> {
  const { home, progress } = place;
  const record = join(home, 'desk-is-in');
  const kept = existsSync(record) ? (readFileSync(record, 'utf8').trim() as Kept) : undefined;
  if (kept === undefined && options.isUsed)
    throw new Error(`The demonstration in ${home} is from an earlier version, whose plan was another one. Start over with npm run demo -- --reset.`);
  if (kept !== 'postgres' && !(kept === undefined && options.withoutDirectory)) {
    let missing = '';
    try {
      const slapd = await findSlapd((reason) => (missing = reason), progress);
      if (slapd) {
        const desk = await inDirectory(place, slapd, options.people);
        writeFileSync(record, 'openldap\n');
        return desk;
      }
    } catch (error) {
      // A machine may have OpenLDAP and not let it run from here.
      missing = firstLine(error);
    }
    if (kept === 'openldap')
      throw new Error(
        `The demonstration in ${home} began with a directory, and OpenLDAP cannot be started: ${missing}. Start over with npm run demo -- --reset.`,
      );
    progress.note(`No directory on this machine: ${missing}. Service Desk Resolver is granted in PostgreSQL, as the other packages are.`);
  }
  const desk = await inErp(home, options.erp);
  writeFileSync(record, 'postgres\n');
  return desk;
}

export const removeDesk = (home: string): Promise<void> => removeSlapd(join(home, 'openldap'));

/** The record of a directory that an earlier run has left behind. */
export const directoryRecord = (home: string): string => join(home, 'openldap', 'server.json');

async function inDirectory({ home, progress, onStart }: Place, slapd: Slapd, people: CompanyPerson[]): Promise<Desk> {
  const password = randomBytes(24).toString('base64url');
  const { suffix, administrator, logReader, access } = directorySettings;
  const server = await startSlapd({ slapd, dir: join(home, 'openldap'), suffix, administrator: { dn: administrator, password }, logReader, access, progress });
  onStart('OpenLDAP', server);
  return {
    where: `OpenLDAP, ${server.url}`,
    directoryUrl: server.url,
    connection: await prepareDirectory({ url: server.url, password }, people),
    siteFile,
    holders: () => readDesk(server.url),
  };
}

async function inErp(home: string, erp: ErpDatabase): Promise<Desk> {
  await addDeskRoles(erp);
  const changedSite = join(home, 'site.yaml');
  writeFileSync(changedSite, siteWithoutDirectory(readFileSync(siteFile, 'utf8')));
  const roles = deskGroups.map(({ name }) => name);
  return { where: 'PostgreSQL', connection: erp.url.rolewave_svc, siteFile: changedSite, holders: () => grantsOf(erp.superuserUrl, roles) };
}

/** The same site, in which the directory is another name of the ERP's database. */
export function siteWithoutDirectory(text: string): string {
  const site = parseDocument(text);
  const { systems } = site.toJS() as { systems: { id: string; connection: object }[] };
  const at = systems.findIndex(({ id }) => id === systemId);
  const description = 'Stands in for the directory: roles of the ERP’s database, because this machine has no OpenLDAP';
  site.setIn(['systems', at], site.createNode({ id: systemId, kind: 'postgres', description, connection: systems[at]?.connection }));
  site.commentBefore = ' Written by npm run demo, from demo/site.yaml: on this machine, the service desk’s access is in PostgreSQL.';
  return site.toString({ lineWidth: 0 });
}

const firstLine = (error: unknown): string => ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').replace(/:$/, '');
