/** Checks the systems of a plan: whether the variable is set, the system answers, and the login has its rights. */
import type { Connector } from '../connectors/connector.ts';
import { buildPreview, concerned } from '../domain/access/build-preview.ts';
import { refusedGrants, refusedRetirements, refusedReturns, rehearsed } from '../domain/access/rehearsal.ts';
import { isSameAddress } from '../clients/postgres/store-address.ts';
import { secretText } from '../clients/connection-string.ts';
import { ReaderEnded } from '../clients/own-process/child-process.ts';
import { openInOwnProcess } from '../connectors/own-process/connector.ts';
import { readConnectionString } from '../connectors/registry.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { systemOf, systemRefusal } from '../domain/site/rights.ts';
import { posesAs, posingText, type Answering } from '../domain/site/same-place.ts';
import type { Site } from '../domain/site/schema.ts';
import { systemsAtPlace } from '../store/check.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { inOwnProcess } from './own-process.ts';
import { serverLines } from './servers.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';

/** How long the store may take to answer what is on record; without its answer, nothing is. */
const storeMs = 5_000;

/** `claimed`: of each system, the places in which releases need their grants, as the store knows them. `withinMs`: for an answer. */
export async function checkSystem(
  plan: Plan,
  id: string,
  site: Site | undefined,
  env: Record<string, string | undefined>,
  claimed: Promise<ReadonlyMap<string, string[]>>,
  withinMs: number,
): Promise<Line[]> {
  const about = `system ${id}`;
  if (!site)
    return [
      notChecked(about, 'there is no site file here, which says where the system is', 'run the doctor where the worker runs, or name the file with --site'),
    ];
  const refusal = systemRefusal(site, plan.plan, id);
  const declared = systemOf(site, id);
  if (refusal !== undefined || !declared) return [wrong(about, refusal ?? 'the site does not have it', 'let those who run Rolewave add it to the site file')];
  // What only grants need is not asked for a plan that makes none here, whatever the site file lets other plans do.
  const system = { ...declared, readOnly: declared.readOnly || isOnlyObserved(plan, id) };
  const secret = system.kind === 'none' ? undefined : system.connection;
  if (secret && 'env' in secret && !env[secret.env])
    return [
      warning(
        about,
        `${secret.env} is not set here, so the system was not checked`,
        'run the doctor where the worker runs, with the worker’s environment, where it must be set',
      ),
    ];
  const where = secret ? secretText(secret) : 'the site file';
  const store = env['DATABASE_URL'];
  // What cannot be read is said when it is opened.
  const own = await readConnectionString(system, env).catch(() => undefined);
  if (store && own && isSameAddress(store, own))
    return [wrong(about, 'this is the database of Rolewave’s own store, and the store is never a system', `put another database into ${where}`)];
  let connector: Connector;
  try {
    connector = await openInOwnProcess(system, env, { store }, inOwnProcess(withinMs));
  } catch (error) {
    // Of the two logins, that for statements may be the one that is missing.
    const why = words(error);
    const measure = 'measure' in system ? system.measure : undefined;
    const isOfMeasure = measure !== undefined && why.includes('env' in measure ? measure.env : measure.file);
    return [wrong(about, why, `fix ${isOfMeasure ? secretText(measure) : where}`)];
  }
  try {
    const { lines } = await connector.check(rolesOf(plan, id, 'entitlements', 'legacy'), rolesOf(plan, id, 'legacy'));
    const place = await connector.place();
    const moved = [
      ...(await poses(about, site, place, { system: id, address: connector.address }, store)),
      ...anotherServer(about, place, (await claimed).get(id) ?? []),
    ];
    const server = await serverLines(connector, system, about, { url: store, withinMs: storeMs });
    return [
      ...lines.map((line) => ({ about, ...line })),
      ...moved,
      ...server,
      ...(await witness(connector, about)),
      ...(system.readOnly ? [] : await rehearsal(plan, id, connector, about)),
    ];
  } catch (error) {
    return [wrong(about, words(error), fixOf(error, where))];
  } finally {
    // A connection that hangs must not hold up the doctor.
    void connector.close().catch(() => undefined);
  }
}

function fixOf(error: unknown, where: string): string {
  if (error instanceof ReaderEnded)
    return `see what answers at the address in ${where}: a healthy server does not end what reads it, unless this machine has too little memory`;
  return error instanceof SystemUnavailable ? `start it, let Rolewave's login in, or fix ${where} or the network in between` : `fix ${where}, or the system`;
}

/** Whether it says to be the server of another system of the site, as far as the store can be asked. */
async function poses(about: string, site: Site, place: string, me: Answering, store: string | undefined): Promise<Line[]> {
  const all = store === undefined ? [] : await systemsAtPlace(store, place, storeMs).catch(() => []);
  const other = posesAs(site, me, all);
  return other === undefined ? [] : [wrong(about, posingText(me.system, other), 'nothing is released, measured or rolled back there until then')];
}

/** Grants are known by ids that mean nothing in another server, and so what was released there is protected and rolled back nowhere. */
function anotherServer(about: string, place: string, claimed: string[]): Line[] {
  const elsewhere = claimed.filter((one) => one !== place);
  if (elsewhere.length === 0) return [];
  const fix = "connect to that server again; if it was replaced for good, release the packages anew ('A system moves to another server' in docs/operating.md)";
  return [wrong(about, `this is another server (${place}) than the one in which packages of this plan were released (${elsewhere.join(', ')})`, fix)];
}

/** Whether differences can be shown with who made them and when. Nothing is decided by it, so that it is no fault of the system if they cannot. */
async function witness(connector: Connector, about: string): Promise<Line[]> {
  const answer = await connector.lastChange?.([]);
  return answer && 'notPermitted' in answer
    ? [ok(about, `it does not tell who changed an access last, which is shown with differences: ${answer.notPermitted}`)]
    : [];
}

/** Tries what the plan would grant and retire now, person by person, as far as the system lets it be tried, and changes nothing. */
async function rehearsal(plan: Plan, system: string, connector: Connector, about: string): Promise<Line[]> {
  const refused: string[] = [];
  const names = new Set<string>();
  const otherwise: string[] = [];
  let tried = 0;
  let triedReturns = 0;
  for (const { id } of plan.packages) {
    const { roles, accounts } = concerned(plan, id, system);
    if (roles.length === 0) continue;
    const now = await connector.snapshot(roles, accounts);
    const work = rehearsed(buildPreview(plan, id, system, now), now, undefined);
    const { grant, revoke } = work;
    const answers = await connector.rehearse(work).catch((error: unknown) => {
      if (!(error instanceof SystemUnavailable)) throw error;
      return error;
    });
    if (answers instanceof SystemUnavailable)
      return [
        warning(
          about,
          `whether Rolewave may make the plan’s changes could not be tried: ${words(answers)}`,
          'run the doctor again when nobody else changes these roles',
        ),
      ];
    tried += grant.length + revoke.length;
    triedReturns += work.restore.length;
    refused.push(...refusedGrants(grant, answers.grant), ...refusedRetirements(revoke, answers.revoke), ...refusedReturns(work.restore, answers.restore));
    for (const answer of answers.grant) if (answer.outcome === 'created' && answer.grant?.grantor !== undefined) names.add(answer.grant.grantor);
    for (const answer of answers.restore) if (answer.outcome === 'created' && answer.note !== undefined) otherwise.push(answer.note);
  }
  if (refused.length > 0)
    return [...new Set(refused)].map((why) =>
      wrong(about, why, 'let its administrator grant Rolewave’s login this right, or change the plan before anyone signs'),
    );
  if (tried === 0) return [];
  const [first] = otherwise;
  return [
    ok(about, triedText({ changes: tried, returns: triedReturns, inNameOf: [...names].sort(), wasOnlyRead: connector.atOnce !== undefined })),
    ...(first === undefined
      ? []
      : [ok(about, `a rollback would give back ${otherwise.length} of what the plan retires in another form than now, such as: ${first}`)]),
  ];
}

/** `returns`: what would be retired and was given back in the try. Without a transaction around everything there is nothing to undo it by, and it was only read. */
export function triedText({ changes, returns, inNameOf, wasOnlyRead }: { changes: number; returns: number; inNameOf: string[]; wasOnlyRead: boolean }): string {
  const inName = inNameOf.length > 0 ? `; grants are recorded in the name of ${inNameOf.join(' and ')}` : '';
  if (wasOnlyRead)
    return `nothing that can be read stands in the way of the ${changes} grants and retirements of the plan; they cannot be tried without making them${inName}`;
  const back = returns > 0 ? ', and giving back what is retired,' : '';
  return `all ${changes} grants and retirements of the plan${back} were tried and undone at once: the system accepts them${inName}`;
}

/** Whether every wave with a package of this system only observes that package. */
function isOnlyObserved({ packages, waves }: Plan, system: string): boolean {
  const here = packages.filter(({ entitlements, legacy }) => [...entitlements, ...legacy].some((entry) => entry.system === system));
  const waysOf = (id: string) => waves.flatMap((wave) => wave.packages.filter((entry) => entry.package === id).map(({ change }) => change));
  return here.length > 0 && here.every(({ id }) => waysOf(id).length > 0 && waysOf(id).every((change) => change === 'observe'));
}

function rolesOf(plan: Plan, system: string, ...which: ('entitlements' | 'legacy')[]): string[] {
  const named = plan.packages.flatMap((each) => which.flatMap((one) => each[one])).filter((entry) => entry.system === system);
  return [...new Set(named.map(({ role }) => role))].sort();
}
