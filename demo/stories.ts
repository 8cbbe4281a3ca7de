/**
 * The five stories: what the people of examples/role-packages.yaml do, played through the HTTP endpoint. One function a story, top to bottom;
 * every wait is for something that can be seen on the board, with a time limit, and never a blind pause.
 */
import { receiptLine } from '../domain/access/receipt.ts';
import type { ReadinessItem } from '../domain/plan/schema.ts';
import { durationMs } from '../domain/time/duration.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { PackageState } from '../domain/states.ts';
import type { WavePackageView } from '../domain/views.ts';
import { type Board, type PackageOnBoard, planDate, stateOf } from './board.ts';
import { type ErpDatabase, holders, runAs } from './database.ts';
import { Refused, type RolewaveClient } from './rolewave-client.ts';

export interface Scene {
  client: RolewaveClient;
  board: Board;
  erp: ErpDatabase;
  /** Who held the warehouse's roles before anything was applied; see `holders`. */
  opening: string[];
  /** Tells what somebody just did: 'Helena Brandt signs for Finance Month-End Operator'. */
  tell: (line: string) => void;
}

export interface Story {
  rolePackage: string;
  wave: string;
  /** How it must end. */
  ends: PackageState;
  /** True when the ended package shows everything else that its story promises; otherwise what is missing. */
  proof: (seen: PackageOnBoard) => true | string;
  play: (scene: Scene) => Promise<void>;
}

export const stories: Story[] = [
  { rolePackage: 'finance-month-end-operator', wave: 'wave-1', ends: 'Stable', proof: watched(14), play: financeMonthEnd },
  { rolePackage: 'hr-case-intake-specialist', wave: 'wave-1', ends: 'Stable', proof: (seen) => ((seen.running?.tunes.length ?? 0) > 0 ? watched(7)(seen) : 'it was never tuned'), play: hrCaseIntake },
  { rolePackage: 'procurement-request-coordinator', wave: 'wave-2', ends: 'Stable', proof: watched(21), play: procurementRequests },
  { rolePackage: 'service-desk-resolver', wave: 'wave-2', ends: 'Stable', proof: watched(7), play: serviceDesk },
  { rolePackage: 'warehouse-inventory-poster', wave: 'wave-3', ends: 'Rolled back', proof: rolledBackButKims, play: warehouse },
];

// Finance Month-End Operator: goes live on 8 April, is checked within the first 24 hours, and is stable after 14 days.
async function financeMonthEnd({ client, board, tell }: Scene): Promise<void> {
  const me = 'finance-month-end-operator';
  await evidence(client, board, 'helena.brandt', me, {
    handoff: 'Handover minutes of 2 April, close team',
    notices: 'Mail to the six operators, 7 April, and the notice in the close channel',
    backup: 'Backup erp-2026-04-07T22:00, restore tested on 1 April',
  });
  await signOff(client, board, 'helena.brandt', me);
  tell('Helena Brandt signs for Finance Month-End Operator: exactly what the preview shows');

  const first = await board.until(me, 'the look after the first 24 hours', ({ running }) => running?.lastVerdict && running.watch.day >= 1 && running.lastVerdict);
  await client.toPackage('helena.brandt', 'wave-1', me, 'notes', { text: `Close-cycle traffic and exception count verified within the first 24 hours: ${first.why}` });
  tell('Finance: close-cycle traffic and exceptions verified within the first 24 hours');

  await board.until(me, 'the end of the 14-day watch', ended('Stable'));
  await board.until('hr-case-intake-specialist', 'the other package of wave 1 to be stable', ended('Stable'));
  await reviewWaveOne(client, board, me);
  tell('Wave 1 is reviewed and closed; its two packages are still looked at every week');
}

async function reviewWaveOne(client: RolewaveClient, board: Board, rolePackage: string): Promise<void> {
  const { wave } = await board.until(rolePackage, 'wave 1 to have come to rest', (seen) => ['review', 'closed'].includes(seen.wave.stage) && seen);
  if (wave.stage === 'closed') return;
  await client.toWave('anna.lindgren', 'wave-1', 'review', {
    successes: 'Both packages are stable; close-cycle traffic was verified on the first day',
    challenges: 'Archive access was granted back by hand, past the review',
    improvements: 'Records management sends its requests through the desk from now on',
    actions: [{ what: 'Take the right to grant the archive roles from records management', owner: 'renate.vogel' }],
  });
}

// HR Case Intake Specialist: the deputy signs; somebody gives old archive access back, which is found and put right; stable after 7 days.
async function hrCaseIntake({ client, board, erp, tell }: Scene): Promise<void> {
  const me = 'hr-case-intake-specialist';
  await evidence(client, board, 'ines.carvalho', me, {
    handoff: 'HR operations board, 1 April, item 3',
    notices: 'Mail to the specialists and to the case workers, 7 April',
    backup: 'Backup erp-2026-04-07T22:00',
    training: 'Course HR-114, all five, 26 March',
    riskAcceptance: { reference: 'HR-RISK-88: archive read rights go away in the same window', expires: '2026-12-31' },
  });
  await signOff(client, board, 'ines.carvalho', me);
  tell('Ines Carvalho signs for HR Case Intake Specialist, as Renate Vogel’s delegate');

  const { running } = await board.until(me, 'two looks', (seen) => seen.running && seen.running.watch.looks >= 2 && seen);
  if (running?.tunes.length === 0) await runAs(erp.url.records_admin, 'grant hr_case_archive_read to "mira.solberg"');
  tell('Somebody in records management grants Mira Solberg the old archive back, by hand, in the database');

  await board.until(me, 'the drift to be found', ({ running }) => running && (running.state === 'Needs tuning' || running.tunes.length > 0));
  await board.until(me, 'the tune', ({ running }) => running && running.tunes.length > 0);
  tell('HR: the drift was found and tuned; the watch goes on');

  await board.until(me, 'the end of the 7-day watch', ended('Stable'));
}

// Procurement Request Coordinator: 15 April is confirmed once wave 1's first day was good; the first week of the peak is what matters.
async function procurementRequests({ client, board, tell }: Scene): Promise<void> {
  const me = 'procurement-request-coordinator';
  await evidence(client, board, 'sanjay.mehta', me, {
    handoff: 'Procurement operations, Monday round of 30 March',
    notices: 'Mail to the coordinators and buyers, 13 April',
    backup: 'Backup erp-2026-04-14T22:00',
  });
  await signOff(client, board, 'sanjay.mehta', me);
  tell('Sanjay Mehta signs for Procurement Request Coordinator');

  await board.until('finance-month-end-operator', 'the first look of wave 1', ({ running }) => running?.lastVerdict);
  await setDate(client, board, 'anna.lindgren', 'wave-2', '2026-04-15T08:00:00Z');
  tell('Anna Lindgren confirms 15 April for wave 2, which was tentative');

  const week = await board.until(me, 'the end of the first week', ({ running }) => running && running.watch.day >= 8 && running.lastVerdict);
  await client.toPackage('sanjay.mehta', 'wave-2', me, 'notes', { text: `Intake against vendor onboarding in the first week of the peak: ${week.why}` });

  await board.until(me, 'the end of the 21-day watch', ended('Stable'));
  await client.toPackage('sanjay.mehta', 'wave-2', me, 'notes', { text: 'The trend confirms the size of the final wave: three pilot people first' });
  tell('Procurement is stable after 21 days; its trend confirms the size of the final wave: three pilot people');
}

// Service Desk Resolver: not ready at wave 2's go-live and therefore held back; drilled, signed, and released by itself with a date of its own.
async function serviceDesk({ client, board, tell }: Scene): Promise<void> {
  const me = 'service-desk-resolver';
  await evidence(client, board, 'grace.adeyemi', me, {
    handoff: 'Service desk shift plan, April',
    notices: 'Notice to all resolvers and to the platform on-call, 13 April',
    backup: 'Backup erp-2026-04-14T22:00',
    riskAcceptance: { reference: 'SD-RISK-17: emergency elevation, fifteen minutes at a time, logged', expires: '2026-10-31' },
  });
  await board.until(me, 'wave 2’s go-live to pass it by', ({ planned }) => planned.heldBack ?? released(planned));
  tell('Service Desk Resolver is held back at wave 2’s go-live: no drill, no sign-off. Procurement went');

  await evidence(client, board, 'viktor.hansen', me, { drill: { reference: 'Drill of runbook SD-17: all elevations ended, access taken back, on-call took over', took: '38m' } });
  tell('Operations ran the drill in 38 of 45 minutes; Viktor Hansen signs it');
  await signOff(client, board, 'grace.adeyemi', me);
  tell('Grace Adeyemi signs the emergency-elevation rollback instructions and the package');
  await setDate(client, board, 'viktor.hansen', 'wave-2', undefined, me);

  await board.until(me, 'the end of the 7-day watch', ended('Stable'));
}

// Warehouse Inventory Poster: on hold until two people let three pilot people try it; its exceptions grow, and it is rolled back.
async function warehouse({ client, board, erp, opening, tell }: Scene): Promise<void> {
  const me = 'warehouse-inventory-poster';
  const pilot = ['piotr.zielinski', 'joana.ribeiro', 'erik.nilsen'];
  await board.until(me, 'it to stand ready to be rolled back', (seen) => stateOf(seen) === 'Rollback ready' || released(seen.planned));
  await board.until('procurement-request-coordinator', 'the size of the final wave to be confirmed', ended('Stable'));

  await evidence(client, board, 'dorota.kowalska', me, {
    handoff: 'Site leads’ meeting',
    notices: 'Told in person: the three pilot people and the site office',
    backup: 'Nightly backup of the ERP, restore tested on 1 April',
    riskAcceptance: { reference: 'WH-RISK-5: pilot at one site, paper count sheets at hand', expires: '2026-06-30' },
  });
  const { wave } = await board.until(me, 'its wave', (seen) => seen);
  const goLive = planDate(wave, 4);
  for (const person of ['dorota.kowalska', 'viktor.hansen']) {
    if (!wave.hold?.liftedBy.includes(person)) await client.toWave(person, 'wave-3', 'lift-hold', { goLive, pilot, reason: 'Pilot at one site with three people; the rollback is agreed' });
  }
  tell('Two people lift the hold on Warehouse Inventory Poster, for three pilot people; the risk acceptance ends on 30 June');
  await board.until(me, 'a preview of the pilot people alone', ({ planned }) => planned.preview?.every(({ people }) => people === pilot.length) && planned.previewDigest);
  await signOff(client, board, 'dorota.kowalska', me);
  await signOff(client, board, 'miriam.stein', me);
  tell('Dorota Kowalska and internal audit sign: 4 roles for 3 people, 12 grants');

  await board.until(me, 'the release', ({ running }) => running && running.grants.created === 12);
  await runAs(erp.url.dba_kim, 'grant wh_stock_count to "joana.ribeiro"');
  tell('dba_kim, another administrator, grants Joana Ribeiro one of these roles as well');

  const proposal = await board.until(me, 'the rollback to be proposed', ({ running }) => running?.proposal?.kind === 'rollback' && running.proposal);
  tell(`Rollback is proposed: ${proposal.why}`);
  await board.until(me, 'the dependency check to clear', ({ running }) => running?.proposal?.id === proposal.id && running.proposal.dependencies?.every(({ clear }) => clear));
  await client.toPackage('dorota.kowalska', 'wave-3', me, 'decisions', { proposal: proposal.id, answer: 'approve', reason: 'Exceptions grow every day; the pilot goes back to count sheets' });
  tell('The dependency check is clear; Dorota Kowalska approves the rollback');

  const receipts = await board.until(me, 'the rollback to be done', ({ running }) => running?.state === 'Rolled back' && running.receipts);
  const after = await holders(erp.superuserUrl, warehouseRoles);
  const left = after.filter((line) => !opening.includes(line));
  const lost = opening.filter((line) => !after.includes(line));
  if (left.join() !== kimsGrant || lost.length > 0) {
    throw new Error(`the database is not what it was before: beyond it [${left.join('; ')}], missing [${lost.join('; ')}]`);
  }
  for (const { check } of receipts) {
    const rows = await runAs(erp.url.rolewave_svc, check);
    if (rows.length === 0) throw new Error('the statement on the receipt finds nothing, and Kim’s grant should be there');
  }
  tell(`Receipt: ${receiptLine(receipts)}. Checked in the database: as before, and Kim’s grant is there`);
}

export const warehouseRoles = ['wh_inventory_poster', 'wh_stock_count', 'wh_transfer_post', 'wh_location_read', 'wh_poster_all_sites'];
const kimsGrant = 'wh_stock_count → joana.ribeiro, given by dba_kim';

/** Records what is missing on the checklist, one message each, as soon as the wave shows the package. */
async function evidence(client: RolewaveClient, board: Board, by: string, rolePackage: string, items: Partial<Record<ReadinessItem, string | Record<string, string>>>): Promise<void> {
  const { wave, planned } = await board.until(rolePackage, 'its checklist', (seen) => seen);
  for (const [item, given] of Object.entries(items)) {
    if (released(planned) || planned.checklist.some((line) => line.item === item && line.ok)) continue;
    await client.toPackage(by, wave.wave, rolePackage, 'evidence', { item, ...(typeof given === 'string' ? { reference: given } : given) });
  }
}

/** Signs exactly what is shown: the digests on the board. When these have just changed, looks again and signs what is shown then (R3). */
async function signOff(client: RolewaveClient, board: Board, by: string, rolePackage: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { wave, planned } = await board.until(rolePackage, 'a preview to sign', (seen) => seen.planned.previewDigest && seen);
    if (released(planned)) return;
    const { planDigest, previewDigest } = planned;
    try {
      return await client.toPackage(by, wave.wave, rolePackage, 'sign-offs', { decision: 'approve', planDigest, previewDigest });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'stale-digest' || tries === 3) throw error;
      await board.until(rolePackage, 'a new preview', (seen) => seen.planned.previewDigest !== previewDigest);
    }
  }
}

/** Sets the date that was agreed; a day and a half from now when that has passed on this machine, or when none was agreed. */
async function setDate(client: RolewaveClient, board: Board, by: string, wave: string, agreed: string | undefined, rolePackage?: string): Promise<void> {
  const view = board.waves.find((entry) => entry.wave.wave === wave)?.wave;
  if (!view) throw new Error(`there is no wave ${wave} on the board`);
  if (view.packages.some((entry) => released(entry) && (rolePackage === undefined || entry.package === rolePackage))) return;
  const inTime = agreed !== undefined && Date.parse(agreed) > toPlan(Date.now(), view.clock) + (durationMs('12h') ?? 0);
  const goLive = inTime ? agreed : planDate(view, 1.5);
  if (rolePackage) await client.toPackage(by, wave, rolePackage, 'go-live', { goLive });
  else await client.toWave(by, wave, 'go-live', { goLive });
}

const released = ({ releasedAtMs }: WavePackageView) => releasedAtMs !== undefined;

function ended(state: PackageState) {
  return (seen: PackageOnBoard) => stateOf(seen) === state;
}

function watched(days: number) {
  return ({ running }: PackageOnBoard): true | string => {
    if (!running) return 'it was never released';
    if (running.watch.days < days) return `its watch was ${running.watch.days} days, not ${days}`;
    return running.grants.failed + running.grants.unknown === 0 || 'some access could not be given or confirmed';
  };
}

function rolledBackButKims({ running }: PackageOnBoard): true | string {
  const line = running?.receiptLine ?? '';
  return line.includes('12 given, 12 taken back, 1 kept: given by dba_kim') || `its receipt says '${line}'`;
}
