/**
 * The five stories: what the people of examples/role-packages.yaml do, played through the HTTP endpoint. One function per story, top to bottom;
 * every wait is for a condition on the board, with a time limit, and never a fixed pause.
 */
import { receiptLine } from '../domain/release/receipt.ts';
import { shownOf } from '../domain/authority/proposals.ts';
import type { PackageState } from '../domain/states.ts';
import { type Board, type PackageOnBoard, planDate, stateOf } from './board.ts';
import { type ErpDatabase, holders, runAs } from './database.ts';
import type { Desk } from './desk.ts';
import type { RolewaveClient } from './rolewave-client.ts';
import { ended, evidence, released, setDate, signOff } from './steps.ts';

export interface Scene {
  client: RolewaveClient;
  board: Board;
  erp: ErpDatabase;
  desk: Desk;
  /** Who held the warehouse's roles before the first apply; see `holders`. */
  opening: string[];
  /** A rollback that is proposed is left to the person who looks. */
  decide: boolean;
  /** Prints what someone just did: 'Helena Brandt signs for Finance Month-End Operator'. */
  tell: (line: string) => void;
}

export interface Story {
  rolePackage: string;
  wave: string;
  /** The expected state at the end. */
  ends: PackageState;
  /** True when the package shows everything else that its story expects; otherwise what is missing. */
  proof: (seen: PackageOnBoard) => true | string;
  play: (scene: Scene) => Promise<void>;
  /** Checks the system itself at the end, even when an earlier run played the story; throws what is wrong. */
  check?: (scene: Scene) => Promise<void>;
}

export const stories: Story[] = [
  { rolePackage: 'finance-month-end-operator', wave: 'wave-1', ends: 'Stable', proof: watched(14), play: financeMonthEnd },
  {
    rolePackage: 'hr-case-intake-specialist',
    wave: 'wave-1',
    ends: 'Stable',
    proof: (seen) => ((seen.running?.tunes.length ?? 0) > 0 ? watched(7)(seen) : 'it was never tuned'),
    play: hrCaseIntake,
  },
  { rolePackage: 'procurement-request-coordinator', wave: 'wave-2', ends: 'Stable', proof: watched(21), play: procurementRequests },
  { rolePackage: 'service-desk-resolver', wave: 'wave-2', ends: 'Stable', proof: watched(7), play: serviceDesk, check: theResolversHoldIt },
  { rolePackage: 'warehouse-inventory-poster', wave: 'wave-3', ends: 'Rolled back', proof: rolledBackButKims, play: warehouse, check: onlyKimsGrantIsLeft },
];

// Finance Month-End Operator: goes live on 8 April, is evaluated within the first 24 hours, and is stable after 14 days.
async function financeMonthEnd({ client, board, tell }: Scene): Promise<void> {
  const me = 'finance-month-end-operator';
  await evidence(client, board, 'helena.brandt', me, {
    handoff: 'Handover minutes of 2 April, close team',
    notices: 'Mail to the six operators, 7 April, and the notice in the close channel',
    backup: 'Backup erp-2026-04-07T22:00, restore tested on 1 April',
  });
  if (await signOff(client, board, 'helena.brandt', me)) tell('Helena Brandt signs for Finance Month-End Operator: exactly what the preview shows');

  const first = await board.until(
    me,
    'the evaluation after the first 24 hours',
    ({ running }) => running?.lastVerdict && running.watch.day >= 1 && running.lastVerdict,
  );
  await client.toPackage('helena.brandt', 'wave-1', me, 'notes', {
    text: `Close-cycle traffic and exception count verified within the first 24 hours: ${first.why}`,
  });
  tell('Finance: close-cycle traffic and exceptions verified within the first 24 hours');

  await board.until(me, 'the end of the 14-day watch', ended('Stable'));
  await board.until('hr-case-intake-specialist', 'the other package of wave 1 to be stable', ended('Stable'));
  await reviewWaveOne(client, board, me);
  tell('Wave 1 is reviewed and closed; its two packages are still evaluated every week');
}

async function reviewWaveOne(client: RolewaveClient, board: Board, rolePackage: string): Promise<void> {
  const { wave } = await board.until(rolePackage, 'wave 1 to reach its review', (seen) => ['review', 'closed'].includes(seen.wave.stage) && seen);
  if (wave.stage === 'closed') return;
  await client.toWave('anna.lindgren', 'wave-1', 'review', {
    successes: 'Both packages are stable; close-cycle traffic was verified on the first day',
    challenges: 'Archive access was granted again manually, without a review',
    improvements: 'Records management sends its requests through the desk from now on',
    actions: [{ what: 'Revoke the right of records management to grant the archive roles', owner: 'renate.vogel' }],
  });
}

// HR Case Intake Specialist: the deputy signs; someone grants old archive access again, which is found and fixed; stable after 7 days.
async function hrCaseIntake({ client, board, erp, tell }: Scene): Promise<void> {
  const me = 'hr-case-intake-specialist';
  await evidence(client, board, 'ines.carvalho', me, {
    handoff: 'HR operations board, 1 April, item 3',
    notices: 'Mail to the specialists and to the case workers, 7 April',
    backup: 'Backup erp-2026-04-07T22:00',
    training: 'Course HR-114, all five, 26 March',
    riskAcceptance: { reference: 'HR-RISK-88: archive read rights are revoked in the same window', expires: '2026-12-31' },
  });
  if (await signOff(client, board, 'ines.carvalho', me)) tell('Ines Carvalho signs for HR Case Intake Specialist, as Renate Vogel’s delegate');

  const { running } = await board.until(me, 'two evaluations', (seen) => seen.running && seen.running.watch.evaluations >= 2 && seen);
  if (running?.tunes.length === 0) await runAs(erp.url.records_admin, 'grant hr_case_archive_read to "mira.solberg"');
  tell('Someone in records management grants Mira Solberg the old archive access again, manually, in the database');

  await board.until(me, 'the drift to be found', ({ running }) => running && (running.state === 'Needs tuning' || running.tunes.length > 0));
  await board.until(me, 'the tune', ({ running }) => running && running.tunes.length > 0);
  tell('HR: the drift was found and tuned; the watch continues');

  await board.until(me, 'the end of the 7-day watch', ended('Stable'));
}

// Procurement Request Coordinator: 15 April is confirmed after a good first day of wave 1; the first week of the peak matters most.
async function procurementRequests({ client, board, tell }: Scene): Promise<void> {
  const me = 'procurement-request-coordinator';
  await evidence(client, board, 'sanjay.mehta', me, {
    handoff: 'Procurement operations, Monday round of 30 March',
    notices: 'Mail to the coordinators and buyers, 13 April',
    backup: 'Backup erp-2026-04-14T22:00',
  });
  if (await signOff(client, board, 'sanjay.mehta', me)) tell('Sanjay Mehta signs for Procurement Request Coordinator');

  await board.until('finance-month-end-operator', 'the first evaluation of wave 1', ({ running }) => running?.lastVerdict);
  if (await setDate(client, board, 'anna.lindgren', 'wave-2', '2026-04-15T08:00:00Z')) tell('Anna Lindgren confirms 15 April for wave 2, which was tentative');

  const week = await board.until(me, 'the end of the first week', ({ running }) => running && running.watch.day >= 8 && running.lastVerdict);
  await client.toPackage('sanjay.mehta', 'wave-2', me, 'notes', { text: `Intake against vendor onboarding in the first week of the peak: ${week.why}` });

  await board.until(me, 'the end of the 21-day watch', ended('Stable'));
  await client.toPackage('sanjay.mehta', 'wave-2', me, 'notes', { text: 'The trend confirms the size of the final wave: three pilot people first' });
  tell('Procurement is stable after 21 days; its trend confirms the size of the final wave: three pilot people');
}

// Service Desk Resolver: not ready at wave 2's go-live and therefore held back; drilled, signed, and released separately on its own date.
async function serviceDesk(scene: Scene): Promise<void> {
  const { client, board } = scene;
  const me = 'service-desk-resolver';
  await evidence(client, board, 'grace.adeyemi', me, {
    handoff: 'Service desk shift plan, April',
    notices: 'Notice to all resolvers and to the platform on-call, 13 April',
    backup: 'Backup erp-2026-04-14T22:00',
    riskAcceptance: { reference: 'SD-RISK-17: emergency elevation, fifteen minutes at a time, logged', expires: '2026-10-31' },
  });
  const { planned } = await board.until(
    me,
    'wave 2’s go-live to pass it by',
    (seen) => (seen.planned.heldBack !== undefined || released(seen.planned)) && seen,
  );
  if (!released(planned)) await releaseAfterDrill(scene, me, planned.heldBack?.text);

  await board.until(me, 'the end of the 7-day watch', ended('Stable'));
}

/** Read from the directory itself: the five are in the two groups, and nobody is in the old one. */
async function theResolversHoldIt({ desk, tell }: Scene): Promise<void> {
  const held = (await desk.holders()).map(({ role, account }) => `${role} → ${account}`).toSorted();
  const wanted = ['service-desk-resolvers', 'emergency-elevation'].flatMap((role) => resolvers.map((account) => `${role} → ${account}`)).toSorted();
  const [lacking, additional] = [wanted.filter((line) => !held.includes(line)), held.filter((line) => !wanted.includes(line))];
  if (lacking.length + additional.length > 0)
    throw new Error(`${desk.where} is not as reviewed: lacks [${lacking.join('; ')}], and has in addition [${additional.join('; ')}]`);
  tell(`Checked in ${desk.where}: the five resolvers are in their two groups, and nobody is in the old one`);
}

const resolvers = ['ben.carter', 'aylin.yildiz', 'marcus.weber', 'fatima.zahra', 'lucas.petit'];

async function releaseAfterDrill({ client, board, tell }: Scene, me: string, why: string | undefined): Promise<void> {
  tell(`Procurement is released; Service Desk Resolver is held back, ${why ?? 'not ready at go-live'}`);

  await evidence(client, board, 'viktor.hansen', me, {
    drill: { reference: 'Drill of runbook SD-17: all elevations ended, access revoked, on-call took over', took: '38m' },
  });
  tell('Operations ran the drill in 38 of 45 minutes; Viktor Hansen signs it');
  await signOff(client, board, 'grace.adeyemi', me);
  tell('Grace Adeyemi signs the emergency-elevation rollback instructions and the package');
  await setDate(client, board, 'viktor.hansen', 'wave-2', undefined, me);
}

// Warehouse Inventory Poster: on hold until two people let three pilot people try it; its exceptions grow, and it is rolled back.
async function warehouse(scene: Scene): Promise<void> {
  const { client, board, erp, tell } = scene;
  const me = 'warehouse-inventory-poster';
  await board.until(me, 'it to be ready for rollback', (seen) => stateOf(seen) === 'Rollback ready' || released(seen.planned));
  await board.until('procurement-request-coordinator', 'the size of the final wave to be confirmed', ended('Stable'));

  const { planned } = await board.until(me, 'its wave', (seen) => seen);
  if (!released(planned)) await liftTheHoldForThePilot(scene, me);

  await board.until(me, 'the release', ({ running }) => running && running.grants.created === 12);
  await runAs(erp.url.dba_kim, 'grant wh_stock_count to "joana.ribeiro"');
  tell('dba_kim, another administrator, grants Joana Ribeiro one of these roles as well');

  const proposal = await board.until(me, 'the rollback to be proposed', ({ running }) => running?.proposal?.kind === 'rollback' && running.proposal);
  tell(`Rollback is proposed: ${proposal.why}`);
  await board.until(
    me,
    'the dependency check to clear',
    ({ running }) => running?.proposal?.id === proposal.id && running.proposal.dependencies?.every(({ clear }) => clear),
  );
  if (scene.decide) {
    tell('The dependency check is clear. Decide on the board: sign in as Dorota Kowalska, and then as Viktor Hansen, because the risk is high');
    await board.until(me, 'your decision', ended('Rolled back'), 24 * 3_600);
    return;
  }
  const approve = async (person: string, reason: string) => {
    if (proposal.approvedBy?.includes(person)) return;
    await client.toPackage(person, 'wave-3', me, 'decisions', { ...shownOf(proposal), answer: 'approve', reason });
  };
  await approve('dorota.kowalska', 'Exceptions grow every day; the pilot goes back to count sheets');
  tell('The dependency check is clear; Dorota Kowalska approves the rollback; the risk is high, so a second person is asked');
  await approve('viktor.hansen', 'Reviewed with Dorota Kowalska: twelve grants of three people are revoked, Kim’s stays');
  tell('Viktor Hansen approves it too');

  await board.until(me, 'the rollback to be done', ended('Rolled back'));
}

async function liftTheHoldForThePilot({ client, board, tell }: Scene, me: string): Promise<void> {
  const pilot = ['piotr.zielinski', 'joana.ribeiro', 'erik.nilsen'];
  await evidence(client, board, 'dorota.kowalska', me, {
    handoff: 'Site leads’ meeting',
    notices: 'Notified in person: the three pilot people and the site office',
    backup: 'Nightly backup of the ERP, restore tested on 1 April',
    riskAcceptance: { reference: 'WH-RISK-5: pilot at one site, paper count sheets available', expires: '2026-06-30' },
  });
  const { wave } = await board.until(me, 'its wave', (seen) => seen);
  const goLive = planDate(wave, 4);
  for (const person of ['dorota.kowalska', 'viktor.hansen']) {
    if (!wave.hold?.liftedBy.includes(person))
      await client.toWave(person, 'wave-3', 'lift-hold', {
        goLive,
        pilot,
        ...(wave.hold?.since === undefined ? {} : { since: wave.hold.since }),
        reason: 'Pilot at one site with three people; the rollback is agreed',
      });
  }
  tell('Two people lift the hold on Warehouse Inventory Poster, for three pilot people; the risk acceptance ends on 30 June');
  await board.until(
    me,
    'a preview of only the pilot people',
    ({ planned }) => planned.preview?.every(({ people }) => people === pilot.length) && planned.previewDigest,
  );
  await signOff(client, board, 'dorota.kowalska', me);
  await signOff(client, board, 'miriam.stein', me);
  tell('Dorota Kowalska and internal audit sign: 4 roles for 3 people, 12 grants');
}

/** The database is as before, except for the other administrator's grant: compared directly, and with the receipt's own statement. */
async function onlyKimsGrantIsLeft({ board, erp, opening, tell }: Scene): Promise<void> {
  const receipts = board.find('warehouse-inventory-poster')?.running?.receipts ?? [];
  const after = await holders(erp.superuserUrl, warehouseRoles);
  const left = after.filter((line) => !opening.includes(line));
  const lost = opening.filter((line) => !after.includes(line));
  if (left.join() !== kimsGrant || lost.length > 0) {
    throw new Error(`the database differs from before: additional [${left.join('; ')}], missing [${lost.join('; ')}]`);
  }
  for (const { check } of receipts) {
    const rows = await runAs(erp.url.rolewave_svc, check);
    if (!rows.some(({ account, granted_by: giver }) => account === 'joana.ribeiro' && giver === 'dba_kim'))
      throw new Error('the statement on the receipt does not find Kim’s grant');
    if (rows.some(({ granted_by: giver }) => giver === 'rolewave_svc')) throw new Error('the statement on the receipt still finds grants of Rolewave');
  }
  tell(`Receipt: ${receiptLine(receipts)}. Checked in the database: as before, plus Kim’s grant`);
}

export const warehouseRoles = ['wh_inventory_poster', 'wh_stock_count', 'wh_transfer_post', 'wh_location_read', 'wh_poster_all_sites'];
const kimsGrant = 'wh_stock_count → joana.ribeiro, granted by dba_kim';

function watched(days: number) {
  return ({ running }: PackageOnBoard): true | string => {
    if (!running) return 'it was never released';
    if (running.watch.days < days) return `its watch was ${running.watch.days} days, not ${days}`;
    return running.grants.failed + running.grants.unknown === 0 || 'some access could not be granted or confirmed';
  };
}

function rolledBackButKims({ running }: PackageOnBoard): true | string {
  const [receipt, ...others] = running?.receipts ?? [];
  if (!receipt || others.length > 0) return 'it should have a receipt of one system';
  const asTold = receipt.granted === 12 && receipt.revoked === 12 && receipt.kept.length === 1 && receipt.kept[0]?.account === 'joana.ribeiro';
  return asTold || `its receipt says '${running?.receiptLine ?? ''}'`;
}
