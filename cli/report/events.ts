/** The record behind the page: audit events, notes, and messages that were refused. */
import { eventText } from '../../domain/event-text.ts';
import type { NoteView } from '../../domain/views/note.ts';
import type { RefusalView } from '../../domain/views/refusal.ts';
import { count } from '../printable.ts';
import type { ReportData } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { person, table, when } from './words.ts';

export function eventsSection(data: ReportData): Html {
  const { wave, packages, plan, events, eventsCut } = data;
  const nameOf = (id: string | undefined): string =>
    id === undefined ? 'the wave' : (packages.find(({ planned }) => planned.package === id)?.planned.name ?? id);
  const from = <T>(pick: (view: { notes: NoteView[]; refusals: RefusalView[] }) => T[], packageOf: (entry: T) => string | undefined = () => undefined) => [
    ...pick(wave).map((entry) => ({ about: nameOf(packageOf(entry)), entry })),
    ...packages.flatMap(({ planned, running }) => (running ? pick(running) : []).map((entry) => ({ about: planned.name, entry }))),
  ];
  const notes = from(
    (view) => view.notes,
    (entry) => entry.package,
  ).toSorted((a, b) => a.entry.atMs - b.entry.atMs);
  const refusals = from((view) => view.refusals);
  return html`<section aria-labelledby="record">
    <h2 id="record">Record</h2>
    ${
      notes.length > 0 &&
      html`<h3>Notes</h3>
        ${table(
          'Notes',
          ['When', 'By', 'About', 'Note'],
          notes.map(({ about, entry }) => [when(entry.atMs), person(plan, entry.by), about, entry.text]),
          true,
        )}`
    }
    ${
      refusals.length > 0 &&
      html`<h3>Not accepted</h3>
        ${table(
          'Messages that were not accepted',
          ['Message', 'By', 'About', 'Why not'],
          refusals.map(({ about, entry }) => [entry.type, entry.by === undefined ? 'unknown' : person(plan, entry.by), about, entry.message]),
          true,
        )}`
    }
    <h3>Audit events</h3>
    ${packages.some(({ overview }) => overview) && html`<p>Left out: what happened to packages for which the reader does not act.</p>`}
    ${eventsCut && html`<p>Older events are not shown here. They are in the store.</p>`}
    ${
      events.length === 0
        ? html`<p class="empty">None yet.</p>`
        : table(
            count(events.length, 'event'),
            ['When', 'By', 'About', 'What'],
            events.map((event) => [when(event.atMs), person(plan, event.actor), nameOf(event.package), eventText(event)]),
          )
    }
  </section> `;
}
