/** The whole page: one file, no script, no external resources. */
import { overviewNote } from '../read.ts';
import type { ReportData } from './data.ts';
import { eventsSection } from './events.ts';
import { evidenceSection } from './evidence.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { leftSection } from './left.ts';
import { evaluationsSection } from './evaluations.ts';
import { anchor, badge, outcomeSection, stateOf } from './outcome.ts';
import { peopleSection } from './people.ts';
import { releaseSection } from './release.ts';
import { reviewSection } from './review.ts';
import { rollbackSection } from './rollback.ts';
import { signOffsSection } from './sign-offs.ts';
import { chartStyle } from './style-charts.ts';
import { narrowAndPaperStyle } from './style-narrow-and-paper.ts';
import { style } from './style.ts';
import { tunesSection } from './tunes.ts';

export function reportPage(data: ReportData): string {
  const title = `${data.wave.wave} of ${data.wave.plan}: wave report`;
  // The policy is a second line of defense: even markup that slipped through could neither run nor load anything.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${style} ${chartStyle} ${narrowAndPaperStyle}
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <main id="content">
          ${outcomeSection(data)}
          <nav aria-label="On this page">
            <ul>
              ${data.packages.map(({ planned }, index) => html`<li><a href="#${anchor(index)}">${planned.name}</a></li>`)}
              <li><a href="#left">Still open</a></li>
              <li><a href="#review">Review</a></li>
              <li><a href="#record">Record</a></li>
            </ul>
          </nav>
          ${data.packages.map((_entry, index) => packageSection(data, index))} ${leftSection(data)} ${reviewSection(data)} ${eventsSection(data)}
        </main>
        <footer>
          <p>Written by Rolewave from its own records. It shows the state at the time of writing.</p>
          ${data.workflowLink && html`<p><a href="${data.workflowLink}">The wave's workflow in Temporal's UI</a></p>`}
        </footer>
      </body>
    </html> `.markup;
}

function packageSection(data: ReportData, index: number): Html | undefined {
  const entry = data.packages[index];
  if (!entry) return undefined;
  const id = anchor(index);
  if (entry.overview)
    return html`<section class="package" aria-labelledby="${id}">
      <h2 id="${id}">${entry.planned.name} ${badge(stateOf(entry))}</h2>
      ${releaseSection(data, entry)}
      <p class="empty">
        ${overviewNote} Left out: people, sign-offs, evidence, evaluations, tunes and receipts. Write the report as someone who acts for this package to include
        them.
      </p>
    </section> `;
  return html`<section class="package" aria-labelledby="${id}">
    <h2 id="${id}">${entry.planned.name} ${badge(stateOf(entry))}</h2>
    ${releaseSection(data, entry)} ${peopleSection(data, entry)}
    <h3>Sign-offs</h3>
    ${signOffsSection(data, entry)}
    <h3>Evidence</h3>
    ${evidenceSection(data, entry)}
    <h3>Evaluations and verdicts</h3>
    ${evaluationsSection(data, entry, id)}
    <h3>Tunes</h3>
    ${tunesSection(data, entry)} ${rollbackSection(entry)}
  </section> `;
}
