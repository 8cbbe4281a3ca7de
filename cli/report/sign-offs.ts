/** Who signed what, when, and whether it counted: a sign-off counts for exactly the digests that were shown (R3). */
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { decisionWords } from '../../domain/views/sign-off.ts';
import { dutyLines } from '../sign-offs.ts';
import { facts, person, shortDigest, table, when } from './words.ts';

export function signOffsSection({ plan }: ReportData, { planned }: ReportedPackage): Html {
  const { planDigest, previewDigest, signOffs } = planned;
  return html`${
    signOffs.length === 0
      ? html`<p class="empty">Nobody has signed yet.</p>`
      : table(
          'Sign-offs',
          ['By', 'Decision', 'When', 'Plan', 'Preview', 'Counts', 'Reason'],
          signOffs.map((signOff) => [
            person(plan, signOff.by),
            decisionWords[signOff.decision],
            when(signOff.atMs),
            shortDigest(signOff.planDigest),
            shortDigest(signOff.previewDigest),
            signOff.counts ? 'yes' : 'no: the plan or the preview changed afterwards',
            signOff.reason,
          ]),
          true,
        )
  }
  ${facts(
    [
      ['Separation of duties', dutyLines(planned.duties).join('; ')],
      ['Digest of the plan section', html`<code>${planDigest}</code>`],
      ['Digest of the preview', previewDigest === undefined ? 'no preview' : html`<code>${previewDigest}</code>`],
    ],
    true,
  )}`;
}
