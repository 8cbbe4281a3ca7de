/** What was released: roles, people, and how many grants were made and retired. */
import { cohortText } from '../../domain/access/cohort-words.ts';
import { blastRadiusText } from '../../domain/access/blast-radius.ts';
import { countedAs } from '../people.ts';
import { capital } from '../printable.ts';
import { numbersRows } from '../release-numbers.ts';
import { changeText } from '../proposal.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { isReleased, peopleOf } from './outcome.ts';
import { facts, list, person, table, when } from './words.ts';
import { hasWatchEnded } from '../watch-words.ts';

export function releaseSection({ plan }: ReportData, entry: ReportedPackage): Html {
  const { planned, running, inPlan } = entry;
  const people = peopleOf(entry);
  return html`${inPlan && html`<p>${inPlan.description}</p>`}
    ${facts([
      ['Owner', html`${person(plan, planned.owner)}, ${planned.team}`],
      ['Risk', planned.risk],
      [isReleased(entry) ? 'People' : 'People planned', people ?? inPlan?.cohort.length],
      ['Cohort', inPlan?.cohortQuery && cohortText(inPlan.cohortQuery, inPlan.cohort.length)],
      ['Released', planned.releasedAtMs !== undefined && when(planned.releasedAtMs)],
      ['Go-live planned', planned.releasedAtMs === undefined && planned.goLiveMs !== undefined && when(planned.goLiveMs)],
      ['Held back', planned.heldBack?.text],
      ['Kind', planned.change && changeText[planned.change]],
      ['Superseded', running?.supersededBy !== undefined && `by ${running.supersededBy}`],
      ['Certified', running?.certifiedMs !== undefined && when(running.certifiedMs)],
      ['Watch', running && watchFact(running)],
      ['Confirms', inPlan?.watch.confirms],
    ])}
    ${rolesTable(entry)}
    <div class="side">${previewTable(entry)}${running && grantsTable(running.grants)}${ledgerTable(entry)}</div>
    ${numbersTable(entry)} ${conflicts(entry)}`;
}

function watchFact(running: NonNullable<ReportedPackage['running']>): Html {
  const { startMs, endMs, day, days, paused } = running.watch;
  return hasWatchEnded(running)
    ? html`ended; it began on ${when(startMs)} and was to end on ${when(endMs)}`
    : html`${when(startMs)} to ${when(endMs)}; day ${day} of ${days}${paused !== undefined && `, paused: ${paused}`}`;
}

function rolesTable({ inPlan }: ReportedPackage): Html | undefined {
  if (!inPlan) return undefined;
  return table(
    'Roles',
    ['Role', 'System', 'In the plan', 'What it allows'],
    [
      ...inPlan.entitlements.map(({ role, system, description }) => [html`<code>${role}</code>`, system, 'granted', description]),
      ...inPlan.legacy.map(({ role, system, description, design }) => [
        html`<code>${role}</code>`,
        system,
        design === 'rejected' ? 'retired; its design was rejected, so it is never restored' : 'retired',
        description,
      ]),
    ],
  );
}

function previewTable({ planned }: ReportedPackage): Html | undefined {
  if (!planned.preview) return undefined;
  const drops = planned.preview.some(({ toDrop }) => toDrop !== undefined);
  const radii = planned.preview.some(({ blastRadius }) => blastRadius !== undefined);
  return table(
    'Preview before the release',
    [
      'System',
      ...['People', 'To grant', 'Already granted', 'To retire', ...(drops ? ['To revoke from the previous release'] : [])].map((name) => ({
        name,
        number: true,
      })),
      ...(radii ? ['Access changes for'] : []),
    ],
    planned.preview.map(({ system, people, toGrant, alreadyThere, toRetire, toDrop = 0, blastRadius }) => [
      system,
      people,
      toGrant,
      alreadyThere,
      toRetire,
      ...(drops ? [toDrop] : []),
      ...(radii ? [blastRadius ? blastRadiusText(blastRadius) : '–'] : []),
    ]),
  );
}

function conflicts({ planned }: ReportedPackage): Html | undefined {
  const lines = (planned.preview ?? []).flatMap((part) => part.conflicts.map((conflict) => `${part.system}: ${conflict}`));
  return lines.length === 0
    ? undefined
    : html`<p>Conflicts in the preview:</p>
        ${list(lines)}`;
}

function grantsTable({ created, preexisting, failed, unknown, legacyRetired }: NonNullable<ReportedPackage['running']>['grants']): Html {
  return table(
    'What the release did',
    ['What', { name: 'Grants', number: true }],
    [
      ['Granted', created],
      ['Already granted', preexisting],
      ['Failed', failed],
      ['Could not be confirmed', unknown],
      ['Legacy access retired', legacyRetired],
    ],
  );
}

function numbersTable({ numbers }: ReportedPackage): Html | undefined {
  if (!numbers) return undefined;
  return table(
    'Planned and done',
    ['Where', 'What', { name: 'Planned', number: true }, { name: 'Done', number: true }],
    numbersRows(numbers).map(({ of, what, planned, done }) => [of, capital(what), planned ?? '–', done]),
  );
}

const kinds: Record<string, string> = { grant: 'Grant', retire: 'Legacy access' };

function ledgerTable({ ledger }: ReportedPackage): Html | undefined {
  const rows = Object.entries(ledger).flatMap(([kind, byOutcome]) =>
    Object.entries(byOutcome).map(([outcome, number]) => [`${kinds[kind] ?? kind}: ${countedAs(outcome)}`, number]),
  );
  return rows.length === 0 ? undefined : table('State of each grant, from the ledger', ['State', { name: 'Grants', number: true }], rows);
}
