/** The top of the page: the state of the wave in a sentence, and one line for each package. */
import { receiptLine } from '../../domain/release/receipt.ts';
import { instantText } from '../../domain/time/instant.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { listText } from '../../domain/watch/verdict-words.ts';
import { capital, count, sentence } from '../printable.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { openLines } from './left.ts';
import { facts, person, table, when } from './words.ts';

export const anchor = (index: number): string => `package-${index + 1}`;
export const stateOf = ({ planned, running }: ReportedPackage): string => running?.state ?? planned.state;
export const isReleased = ({ planned, running }: ReportedPackage): boolean => running !== undefined || planned.releasedAtMs !== undefined;

/** How many people receive it. A person with access in several systems counts once. */
export const peopleOf = ({ planned }: ReportedPackage): number | undefined =>
  planned.preview === undefined ? undefined : Math.max(0, ...planned.preview.map(({ people }) => people));

const stageWords: Record<WaveView['stage'], string> = {
  readiness: 'Getting ready',
  preview: 'Reading the systems',
  signOffs: 'Waiting for sign-offs',
  goLive: 'Waiting for go-live',
  recheck: 'Reading the systems again',
  release: 'Releasing',
  watching: 'Watching',
  review: 'Waiting for the review',
  closed: 'Closed',
  aborted: 'Aborted',
};

export function outcomeSection(data: ReportData): Html {
  const { wave, packages, plan } = data;
  const inPlan = plan?.waves.find(({ id }) => id === wave.wave);
  return html`<header>
      <p class="kind">Wave report · plan ${wave.plan}, revision ${wave.revision} · written ${instantText(data.writtenAtMs - (data.writtenAtMs % 60_000))}</p>
      <h1>${capital(wave.wave)} <span class="badge ${wave.stage}">${stageWords[wave.stage]}</span></h1>
      ${inPlan?.description && html`<p>${inPlan.description}</p>`}
      <p class="lead">${inShort(data)}</p>
      ${facts([
        ['Go-live', wave.goLiveMs !== undefined && when(wave.goLiveMs)],
        [
          'Hold',
          wave.hold &&
            html`${sentence(wave.hold.reason)} Lifted by
            ${wave.hold.liftedBy.length === 0 ? 'nobody yet' : wave.hold.liftedBy.map((who, index) => html`${index > 0 && ', '}${person(plan, who)}`)}
            (${wave.hold.approvals} needed)`,
        ],
        ['Ended', wave.endedWhy && sentence(capital(wave.endedWhy))],
      ])}
      <p class="id">Times are UTC${wave.clock && ', on the plan’s own clock: this wave is a demonstration in which days pass faster'}.</p>
    </header>
    <section aria-labelledby="outcome">
      <h2 id="outcome">Packages</h2>
      ${table(
        `Packages of ${wave.wave}`,
        [
          'Package',
          'State',
          'Released',
          { name: 'People', number: true },
          { name: 'Granted', number: true },
          { name: 'Legacy access retired', number: true },
          'Status',
        ],
        packages.map((entry, index) => {
          const { planned, running } = entry;
          const { releasedAtMs } = planned;
          return [
            html`<a href="#${anchor(index)}">${planned.name}</a>`,
            badge(stateOf(entry)),
            releasedAtMs === undefined ? 'not yet' : when(releasedAtMs),
            peopleOf(entry) ?? '–',
            running?.grants.created ?? '–',
            running?.grants.legacyRetired ?? '–',
            howItStands(entry),
          ];
        }),
        true,
      )}
      ${togetherTable(data)}
    </section> `;
}

/** Of all packages of the wave: a person in two of them counts once. */
const togetherTable = ({ together }: ReportData): Html | undefined =>
  together.length === 0
    ? undefined
    : table(
        'People whose access the wave changes',
        ['System', { name: 'Packages', number: true }, { name: 'Planned', number: true }, { name: 'Done', number: true }],
        together.map(({ system, packages, planned, done }) => [system, packages, planned, done]),
      );

export const badge = (state: string): Html => html`<span class="badge ${state.replace(/[^A-Za-z]/g, '')}">${state}</span>`;

function inShort(data: ReportData): Html {
  const { packages } = data;
  const released = packages.filter(isReleased);
  const states = Object.entries(Object.groupBy(released, stateOf)).map(([state, entries]) => `${entries?.length ?? 0} ${state}`);
  const people = released.map((entry) => peopleOf(entry) ?? 0);
  const open = openLines(data).length;
  const toHowMany =
    released.length === 0 ? '' : `, to ${listText(people.map(String))} ${people.length === 1 && people[0] === 1 ? 'person' : 'people'}: ${listText(states)}`;
  const first = `${released.length} of ${count(packages.length, 'package')} released${toHowMany}.`;
  return html`${first} ${open === 0 ? 'Nothing is open.' : html`<a href="#left">${count(open, 'item')} open.</a>`}`;
}

function howItStands({ planned, running }: ReportedPackage): string {
  if (!running)
    return sentence(
      capital(
        planned.heldBack
          ? `held back: ${planned.heldBack.text}`
          : planned.blockers.length > 0
            ? `needs ${planned.blockers.map(({ text }) => text).join('; ')}`
            : 'ready',
      ),
    );
  if (running.receipts.length > 0) return sentence(capital(running.receiptLine ?? receiptLine(running.receipts)));
  if (running.proposal) return sentence(capital(`waiting for an answer: ${running.proposal.why}`));
  return sentence(capital(running.lastVerdict?.why ?? running.endedWhy ?? 'no evaluation yet'));
}
