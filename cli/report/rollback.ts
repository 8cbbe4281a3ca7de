/** The result of a rollback per system, with the statement that verifies it. */
import type { Receipt } from '../../domain/release/receipt.ts';
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
      receipts.map(({ system, granted, revoked, kept, gone, restored, notRestored, failed }) => [
        system,
        granted,
        revoked,
        kept.length,
        gone ?? 0,
        restored,
        notRestored.length,
        failed.length,
      ]),
    )}
    ${receipts.map(leftBehind)}`;
}

function leftBehind({ system, kept, restoredNotes, notRestored, failed, check }: Receipt): Html {
  const rows = [
    ...kept.map((line) => ({ what: 'kept', ...line })),
    ...restoredNotes.map((line) => ({ what: 'legacy access restored differently', ...line })),
    ...notRestored.map((line) => ({ what: 'legacy access not restored', ...line })),
    ...failed.map((line) => ({ what: 'FAILED', ...line })),
  ];
  return html`${
      rows.length > 0 &&
      table(
        `What it kept, restored differently or left in ${system}`,
        ['Account', 'Role', 'What', 'Why'],
        rows.map(({ account, role, what, why }) => [account, html`<code>${role}</code>`, what, why]),
      )
    }
    <p>Run this statement in ${system} to see who holds these roles now:</p>
    <pre><code>${check}</code></pre>`;
}
