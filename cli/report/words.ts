/** How the page writes people, dates, numbers and small counts. */
import type { Plan } from '../../domain/plan/schema.ts';
import { instantText } from '../../domain/time/instant.ts';
import { html } from './html.ts';
import type { Html, Part } from './html.ts';

/** The name from the plan, with the id that the record uses. */
export function person(plan: Plan | undefined, id: string): Html {
  const known = plan?.people.find((entry) => entry.id === id);
  return known && known.name !== id ? html`${known.name} <span class="id">${id}</span>` : html`${id}`;
}

export const when = (ms: number): Html => {
  const valid = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;
  return valid ? html`<time datetime="${new Date(ms).toISOString()}">${instantText(ms)}</time>` : html`${instantText(ms)}`;
};

/** The first twelve characters, enough to compare by eye. The full digest appears once per package. */
export const shortDigest = (digest: string | undefined): Html => (digest === undefined ? html`–` : html`<code>${digest.slice(0, 12)}</code>`);

export interface Column {
  name: string;
  number?: boolean;
}

/**
 * A table with header cells. The first cell of each row names the row. A table wider than the screen scrolls on its own. `underHeading`: a heading
 * above it says the same, so the caption is only for screen readers.
 */
export function table(caption: string, columns: (string | Column)[], rows: Part[][], underHeading = false): Html {
  const described = columns.map((column) => (typeof column === 'string' ? { name: column, number: false } : column));
  const align = (index: number): Html | undefined => (described[index]?.number ? html` class="number"` : undefined);
  const head = ({ name }: { name: string }, index: number): Html => html`<th scope="col" role="columnheader" ${align(index)}>${name}</th>`;
  const body = (cell: Part, index: number): Html =>
    index === 0
      ? html`<th scope="row" role="rowheader" ${align(index)}>${cell}</th>`
      : html`<td role="cell" data-name="${described[index]?.name}" ${align(index)}>${cell !== undefined && cell !== '' && html`<div>${cell}</div>`}</td>`;
  // On a phone each row is a block of its own (style.ts); the ARIA roles keep it a table for screen readers.
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table role="table">
<caption${underHeading && html` class="unseen"`}>${caption}</caption>
<thead role="rowgroup"><tr role="row">${described.map(head)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) =>
      html`<tr role="row">
        ${cells.map(body)}
      </tr> `,
  )}</tbody></table></div>
`;
}

/** Terms with their values. Terms without a value are left out. `long`: one below the other. */
export function facts(pairs: [term: string, said: Part][], long = false): Html {
  return html`<dl${long && html` class="long"`}>
    ${pairs
      .filter(([, said]) => said !== undefined && said !== false && said !== '')
      .map(
        ([term, said]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${said}</dd>
          </div>`,
      )}
  </dl> `;
}

export const list = (items: Part[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul> `;
