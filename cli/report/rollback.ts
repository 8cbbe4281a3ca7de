/** The result of a rollback per system, with the statement that verifies it. */
import { countsOf, type Receipt } from '../../domain/release/receipt.ts';
import { capital, sentence } from '../printable.ts';
import type { ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { table } from './words.ts';

/** Undefined where nothing was rolled back. */
export function rollbackSection({ running }: ReportedPackage): Html | undefined {
  if (!running || running.receipts.length === 0) return undefined;
  const { receipts } = running;
  return html`<h3>Rollback</h3>
    <p class="lead">${sentence(capital(running.receiptLine ?? 'rolled back'))}</p>
    ${table(
      'Receipts',
      [
        'System',
        ...['Granted', 'Revoked', 'Kept', 'Already gone', 'Legacy access restored', 'Legacy access not restored', 'Failed'].map((name) => ({
          name,
          number: true,
        })),
      ],
      receipts.map((receipt) => {
        const { system, granted, revoked, gone = 0, restored } = receipt;
        const { kept, notRestored, failed } = countsOf(receipt);
        return [system, granted, revoked, kept, gone, restored, notRestored, failed];
      }),
    )}
    ${receipts.map(leftBehind)}`;
}

function leftBehind(receipt: Receipt): Html {
  const { system, kept, restoredNotes, notRestored, failed, check } = receipt;
  const rows = [
    ...kept.map((line) => ({ what: 'kept', ...line })),
    ...restoredNotes.map((line) => ({ what: 'legacy access restored differently', ...line })),
    ...notRestored.map((line) => ({ what: 'legacy access not restored', ...line })),
    ...failed.map((line) => ({ what: 'FAILED', ...line })),
  ];
  const left = Object.values(countsOf(receipt)).reduce((sum, count) => sum + count, 0) - rows.length;
  return html`${
    rows.length > 0 &&
    table(
      `What it kept, restored differently or left in ${system}`,
      ['Account', 'Role', 'What', 'Why'],
      rows.map(({ account, role, what, why }) => [account, html`<code>${role}</code>`, what, why]),
    )
  }
  ${left > 0 && html`<p>These are the first ${rows.length}; the package's list of grants has the other ${left}, each with its reason.</p>`}
  ${
    check !== '' &&
    html`<p>Run this statement in ${system} to see who holds these roles now:</p>
      <pre><code>${check}</code></pre>`
  }`;
}
