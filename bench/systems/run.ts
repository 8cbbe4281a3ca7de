/** Granting and rolling back in directories, SCIM servers and Keycloak, side by side with the fastest way by hand. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { keycloakConnector } from '../../connectors/keycloak/connector.ts';
import { scimConnector } from '../../connectors/scim/connector.ts';
import { ldapConnector } from '../../connectors/ldap/connector.ts';
import { findKeycloak } from '../../provision/find-keycloak.ts';
import { findScim2Server } from '../../provision/find-scim2-server.ts';
import { findSlapd } from '../../provision/find-slapd.ts';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import { compared, table, type Pair, type Result } from '../engine/result.ts';
import { requestsTo } from '../requests-to.ts';
import { byRolewave, type Side, type Workload } from '../sides.ts';
import { settingsAt, startDirectory, type Directory } from './directory.ts';
import { startRealm } from './keycloak.ts';
import { byLdapmodify, findLdapmodify } from './ldap-by-hand.ts';
import { startScim } from './scim.ts';
import { cohortOf, teamsOf, workloadOfMatrix } from './workload.ts';

export const help = `Usage: npm run bench -- systems [options]

Grants in an OpenLDAP of its own, with its log of changes, and rolls back again: a generated cohort of 10,000 people × 4 entitlements, and the matrix
of a company if you have one. Rolewave, with its ledger and reading back, is compared with ldapmodify and all members of a group in one modify, by turns on
the same server. Medians of several runs; the ratio is what counts.

The memory of a worker that grants ten times as many people must hardly grow.

In a scim2-server of its own Rolewave grants to some hundred people, and is compared with one PATCH for each of them, by an administrator who reads nothing and works
on as many packages at once. Rolewave reads the group before each change and after it.

In a Keycloak of its own, too, beside one PUT for each person. How many requests Rolewave sends for one grant is told beside the time.

  --only LIST          ldap, scim and keycloak, with commas between them (default: all of them)
  --scale full|small   small: a tenth of the people; the goals are about full, because what a call costs once weighs more here
  --matrix FILE        'user permission' in each line, two numbers, as data sets of role mining have it; without it that part is skipped
  --runs N             how often (default: 1)
  --json               an array of {name, product, baseline, ratio, goal, unit, runs} instead of a table
  --help               show this
`;

const entitlements = 4;
const teams = 10;
const kinds = ['ldap', 'scim', 'keycloak'];
/** `teams`, `groups`: people of each, of SCIM and Keycloak. */
const scales = { full: { people: 10_000, teams: 30, groups: 10 }, small: { people: 1_000, teams: 5, groups: 3 } };

export async function systems(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: kinds.join(',') },
      scale: { type: 'string', default: 'full' },
      matrix: { type: 'string' },
      runs: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.scale !== 'full' && values.scale !== 'small') throw new Error(`--scale is '${values.scale}': write full or small`);
  if (!/^[1-9]\d?$/.test(values.runs)) throw new Error(`--runs is '${values.runs}': write a number from 1 to 99`);
  const only = new Set(values.only.split(','));
  const unknown = [...only].find((name) => !kinds.includes(name));
  if (unknown !== undefined) throw new Error(`--only names '${unknown}', which is not a kind of system of this bench: choose from ${kinds.join(', ')}`);
  const [scale, runs] = [scales[values.scale], Number(values.runs)];
  const workloads = [(prefix: string) => cohortOf(scale.people, entitlements, prefix)];
  if (values.matrix === undefined) console.error("Skipped: a company's matrix, because --matrix names none");
  else {
    const text = await readFile(values.matrix, 'utf8');
    // Read once before anything starts, so that a mistake in it is told at once.
    workloadOfMatrix(text, '');
    workloads.push((prefix) => workloadOfMatrix(text, prefix));
  }

  const home = await mkdtemp(join(tmpdir(), 'rolewave-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true })];
  const site: Site = { home, store: '', closing, results: [] };
  try {
    const postgres = await startPostgres({ dir: join(home, 'postgres'), port: 0, databases: ['rolewave'] });
    closing.push(() => removePostgres(join(home, 'postgres')), postgres.stop);
    site.store = postgres.urlOf('rolewave');
    if (only.has('ldap')) await ldap(site, workloads, scale.people, runs);
    if (only.has('scim')) await scim(site, scale.teams, runs);
    if (only.has('keycloak')) await keycloak(site, scale.groups, runs);
  } finally {
    if (site.results.length > 0) console.log(values.json ? JSON.stringify(site.results, undefined, 2) : table(site.results));
    for (const end of closing.toReversed()) await end();
  }
}

interface Site {
  home: string;
  store: string;
  /** What is to be done at the end, the last one first. */
  closing: (() => Promise<unknown>)[];
  /** What was measured before something failed is printed too. */
  results: Result[];
}

const skipped = (what: string) => (reason: string) => console.error(`Skipped: ${what}, because ${reason}`);

async function ldap({ home, store, closing, results }: Site, workloads: ((prefix: string) => Workload)[], people: number, runs: number): Promise<void> {
  const slapd = await findSlapd(skipped('LDAP'));
  const ldapmodify = slapd && (await findLdapmodify(slapd, join(home, 'ldap-utils'), skipped('LDAP')));
  if (!slapd || !ldapmodify) return;
  const directory = await startDirectory(slapd, join(home, 'directory'));
  closing.push(directory.stop);
  const hand = byLdapmodify(ldapmodify, directory, home);
  const product = await byRolewave(ldapConnector(settingsAt(directory.host, directory.port)), store);
  closing.push(product.close);
  await directory.addPeople([...new Set(workloads.flatMap((workloadFor) => workloadFor('').packages.flatMap(({ accounts }) => accounts)))]);
  for (const workload of workloads) results.push(...(await measured('LDAP', '<=2', workload, { target: directory, hand, product }, runs)));
  results.push(...(await memory(directory, store, people, runs)));
}

async function scim({ home, store, closing, results }: Site, people: number, runs: number): Promise<void> {
  const python = await findScim2Server(skipped('SCIM'));
  if (python === undefined) return;
  const target = await startScim(python, join(home, 'scim'));
  closing.push(target.stop);
  const product = await byRolewave(scimConnector(target.settings), store);
  closing.push(product.close);
  const workload = (prefix: string) => teamsOf(teams, people, prefix);
  await target.addPeople(workload('').packages.flatMap(({ accounts }) => accounts));
  results.push(...(await measured('SCIM', '<=4', workload, { target, hand: target.byPatch, product }, runs)));
}

async function keycloak({ home, store, closing, results }: Site, people: number, runs: number): Promise<void> {
  const build = await findKeycloak(skipped('Keycloak'));
  if (!build) return;
  const target = await startRealm(build, join(home, 'keycloak'));
  closing.push(target.stop);
  const product = await byRolewave(keycloakConnector(target.settings), store);
  closing.push(product.close);
  // A group is called by its path.
  const workload = (prefix: string) => teamsOf(teams, people, `/${prefix}`);
  await target.addPeople(workload('').packages.flatMap(({ accounts }) => accounts));
  results.push(...(await measured('Keycloak', '<=20', workload, { target, hand: target.byPut, product }, runs)));
  const counted = workload('counted');
  await target.addGroups(counted.packages.flatMap(({ roles }) => roles));
  const { host } = new URL(target.settings.baseUrl);
  const granted = await requestsTo(host, () => product.grant(counted));
  const rolledBack = await requestsTo(host, () => product.rollBack(counted));
  const each = (sent: string[]) => [{ product: sent.length / (teams * people), baseline: 1 }];
  results.push(
    compared('Keycloak: requests for each grant', '', '<=15', each(granted)),
    compared('Keycloak: requests for each one that is rolled back', '', '<=15', each(rolledBack)),
  );
}

interface Sides {
  target: Pick<Directory, 'addGroups' | 'members'>;
  hand: Side;
  product: Side;
}

/** Each side and run has groups of its own: the log of changes of the others is not read with them. */
async function measured(
  kind: string,
  goal: string,
  workloadFor: (prefix: string) => Workload,
  { target, hand, product }: Sides,
  runs: number,
): Promise<Result[]> {
  const taken = { grant: [] as Pair[], rollBack: [] as Pair[] };
  const { name } = workloadFor('');
  for (let run = 0; run < runs; run += 1) {
    const one = { grant: { product: 0, baseline: 0 }, rollBack: { product: 0, baseline: 0 } };
    for (const side of run % 2 === 0 ? [hand, product] : [product, hand]) {
      const which = side === hand ? 'baseline' : 'product';
      const workload = workloadFor(`${which}${run}`);
      await target.addGroups(workload.packages.flatMap(({ roles }) => roles));
      one.grant[which] = await seconds(() => side.grant(workload));
      await requireMembers(target, workload, side, (accounts) => accounts);
      one.rollBack[which] = await seconds(() => side.rollBack(workload));
      await requireMembers(target, workload, side, () => 0);
      console.error(`${name}, ${side.name}: granted in ${one.grant[which].toFixed(2)} s, rolled back in ${one.rollBack[which].toFixed(2)} s`);
    }
    taken.grant.push(one.grant);
    taken.rollBack.push(one.rollBack);
  }
  return [compared(`${kind}, ${name}: grant`, 's', goal, taken.grant), compared(`${kind}, ${name}: roll back`, 's', goal, taken.rollBack)];
}

/** Neither side is believed: the system is asked, by its administrator. */
async function requireMembers(target: Sides['target'], { packages }: Workload, side: Side, wanted: (accounts: number) => number): Promise<void> {
  for (const { roles, accounts } of packages)
    for (const role of roles) {
      const found = await target.members(role);
      if (found !== wanted(accounts.length))
        throw new Error(`${side.name} left ${found} members in '${role}', and should have left ${wanted(accounts.length)}`);
    }
}

/** A process of its own for each cohort, as in the bench of PostgreSQL: ten small cohorts leave as much garbage as the large one. */
async function memory(directory: Directory, store: string, people: number, runs: number): Promise<Result[]> {
  const script = fileURLToPath(new URL('memory.ts', import.meta.url));
  const once: Pair[] = [];
  const asMany: Pair[] = [];
  const taken = async (prefix: string, many: number, times: number) => {
    await directory.addGroups(cohortOf(many, entitlements, prefix).packages.flatMap(({ roles }) => roles));
    const args = [script, directory.host, String(directory.port), store, String(many), String(entitlements), prefix, String(times)];
    return Number((await promisify(execFile)(process.execPath, args)).stdout);
  };
  for (let run = 0; run < runs; run += 1) {
    const product = await taken(`large${run}`, people, 1);
    once.push({ product, baseline: await taken(`small${run}`, people / 10, 1) });
    asMany.push({ product, baseline: await taken(`again${run}`, people / 10, 10) });
  }
  return [
    compared(`LDAP, memory of a worker with ${people} people, and with ${people / 10}`, 'MiB', '<=1.3', once),
    compared(`LDAP, memory of a worker with ${people} people, and with 10 times ${people / 10}`, 'MiB', '<=1.3', asMany),
  ];
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}
