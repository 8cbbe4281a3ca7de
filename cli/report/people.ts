/** Who gets, has and loses what, for those who may see it: the preview before a release, the ledger after it. */
import { outcomeText } from '../people.ts';
import { capital, count } from '../printable.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html, Part } from './html.ts';
import { person, table } from './words.ts';

/** A page with more rows is slow to open. */
const rowsShown = 5_000;

export function peopleSection({ plan }: ReportData, { people }: ReportedPackage): Html | undefined {
  if (people === undefined) return undefined;
  if (people === 'hidden')
    return html`<h3>Person by person</h3>
      <p class="empty">Only the owner, the signers and the operators can see this. Write the report as one of them to include it.</p>`;
  if ('problem' in people)
    return html`<h3>Person by person</h3>
      <p class="empty">This could not be read: ${people.problem}</p>`;
  const whose = (id: string): Part => (id === '' ? 'not in the package' : person(plan, id));
  const rows: Part[][] =
    'grants' in people
      ? people.grants.map((row) => [whose(row.person), row.account, row.system, html`<code>${row.role}</code>`, capital(outcomeText(row)), row.why])
      : people.rows.map(({ person: id, account, system, role, change, grantors, why }) => [
          change === 'conflict' ? 'conflict' : whose(id),
          account,
          system,
          role !== '' && html`<code>${role}</code>`,
          words[change],
          [...(grantors ? [`granted by ${grantors.join(' and ')}`] : []), ...(why === undefined ? [] : [why])].join('; '),
        ]);
  const left = rows.length - rowsShown;
  return html`<h3>Person by person</h3>
    <details>
      <summary>${count(rows.length, 'row')}</summary>
      ${table('Person by person', ['Person', 'Account', 'System', 'Role', 'What', 'Details'], rows.slice(0, rowsShown), true)}
      ${left > 0 && html`<p>${count(left, 'more row')}: see rolewave show --people.</p>`}
    </details> `;
}

const words = { gets: 'Gets', has: 'Already has', loses: 'Loses', other: 'Has; not changed', conflict: '', together: 'Incompatible' } as const;
