/** What happened: tunes, notes, refused messages, and the audit trail. */
import { useState } from 'preact/hooks';
import { eventText } from '../../domain/event-text.ts';
import { timesInWords } from '../../domain/time/duration.ts';
import { isTheirOwn } from '../../domain/people-named.ts';
import { stepOf } from '../../domain/tune/steps.ts';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { Instant } from '../parts/time.tsx';
import type { PackageContext } from './reading.ts';

export function Tunes({ context: { view, nowMs, nameOf, said } }: { context: PackageContext }) {
  const tunes = view.running?.tunes ?? [];
  const { tune } = view.definition ?? {};
  return (
    <Panel id="tunes" title="Tunes" hint={tune ? `automatically at most ${timesInWords(tune.attempts)}; ${tunes.length} so far` : undefined}>
      {tunes.length === 0 ? (
        <Empty title="Never tuned" />
      ) : (
        <ul class="rows panel-body">
          {tunes.map(({ id, step, why, atMs, by, result }) => (
            <li key={id}>
              <span class="row-who">{stepOf(step).title}</span>
              <Instant atMs={atMs} nowMs={nowMs} class="soft" />
              <span class="soft row-why">
                {said(result)} · {by === 'rolewave' ? 'automatically' : nameOf(by)}: {said(why)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function Notes({ context }: { context: PackageContext }) {
  const { view, nowMs, nameOf, act } = context;
  const notes = view.running?.notes ?? [];
  const action = view.actions.find(({ type }) => type === 'note');
  const kept = view.events.filter(({ kind }) => kind === 'note');
  const all =
    kept.length > 0
      ? kept.map(({ id, atMs, actor, text }) => ({ id, atMs, by: actor, text }))
      : notes.map((each) => ({ id: `${each.by}${each.atMs}`, ...each }));
  return (
    <Panel id="notes" title="Ops notes" more={action?.may ? <Button onClick={() => act(action)}>Add a note</Button> : undefined}>
      {all.length === 0 ? (
        <Empty title="No notes" />
      ) : (
        <ul class="rows panel-body">
          {all.map(({ id, atMs, by, text }) => (
            <li key={id}>
              <span class="row-who">{nameOf(by)}</span>
              <Instant atMs={atMs} nowMs={nowMs} class="soft" />
              <span class="row-why">{text}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const shownAtFirst = 12;

export function Events({ context: { view, nowMs, nameOf, said } }: { context: PackageContext }) {
  const [all, setAll] = useState(false);
  // Of one instant, the last one first: they come in the order in which they happened.
  const newest = view.events.toReversed().toSorted((one, other) => other.atMs - one.atMs);
  const shown = all ? newest : newest.slice(0, shownAtFirst);
  return (
    <Panel id="events" title="Audit trail" hint={`${newest.length} ${newest.length === 1 ? 'event' : 'events'}`}>
      {newest.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <ol class="rows panel-body trail">
          {shown.map((event) => (
            <li key={event.id}>
              <Instant atMs={event.atMs} nowMs={nowMs} class="soft" />
              <span class="row-who">{event.actor === 'rolewave' ? <span class="soft">Rolewave</span> : nameOf(event.actor)}</span>
              <span class="row-why">{isTheirOwn(event.kind) ? eventText(event) : said(eventText(event))}</span>
            </li>
          ))}
        </ol>
      )}
      {newest.length > shownAtFirst && (
        <p class="rows-more foot">
          <Button onClick={() => setAll(!all)}>{all ? 'Show fewer events' : `Show all ${newest.length} events`}</Button>
        </p>
      )}
    </Panel>
  );
}
