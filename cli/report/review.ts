/** The review that closed the wave. */
import { sentence } from '../printable.ts';
import type { ReportData } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { person, table, when } from './words.ts';

export function reviewSection({ wave: { review, stage, endedWhy }, plan }: ReportData): Html {
  if (!review) {
    const why =
      stage === 'closed' || stage === 'aborted'
        ? sentence(`The wave is ${stage}${endedWhy ? `: ${endedWhy}` : ' without a review'}`)
        : 'The review is written once every package is stable, rolled back or retired. It closes the wave.';
    return html`<section aria-labelledby="review">
      <h2 id="review">Review</h2>
      <p class="empty">${why}</p>
    </section> `;
  }
  return html`<section aria-labelledby="review">
    <h2 id="review">Review</h2>
    <p>Written by ${person(plan, review.by)} on ${when(review.atMs)}.</p>
    <h3>Successes</h3>
    <p class="said">${review.successes}</p>
    <h3>Challenges</h3>
    <p class="said">${review.challenges}</p>
    <h3>Improvements</h3>
    <p class="said">${review.improvements}</p>
    <h3>Actions</h3>
    ${
      review.actions.length === 0
        ? html`<p class="empty">None.</p>`
        : table(
            'Actions',
            ['What', 'Who'],
            review.actions.map(({ what, owner }) => [what, person(plan, owner)]),
            true,
          )
    }
  </section> `;
}
