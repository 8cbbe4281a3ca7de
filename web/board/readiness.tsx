/** Release readiness: five parts of each package, and the names of those who supply what is missing. */
import { useState } from 'preact/hooks';
import type { BoardPerson, BoardReadiness } from '../../domain/views/board.ts';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { Segments } from '../parts/segments.tsx';
import { Link, packageAddress } from '../router.tsx';
import { keyOf } from './keys.ts';

const shownAtFirst = 6;

export function Readiness({ rows, reader }: { rows: BoardReadiness[]; reader: BoardPerson }) {
  const [all, setAll] = useState(false);
  const inOrder = rows.toSorted((one, other) => rank(one) - rank(other));
  const shown = all ? inOrder : inOrder.slice(0, shownAtFirst);
  return (
    <Panel id="readiness" title="Release readiness" hint="what each package still needs, and who supplies it">
      {rows.length === 0 ? (
        <Empty title="Nothing waits for release">Packages appear here when their wave has started.</Empty>
      ) : (
        <ul class="ready">
          {shown.map((row) => (
            <li key={keyOf(row)}>
              <Link to={packageAddress(row)} class="ready-name">
                {row.name}
              </Link>
              <Segments parts={row.parts.map(({ part, ok }) => ({ name: part, ok }))} />
              <span class="ready-line">
                <Needs row={row} reader={reader} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {inOrder.length > shownAtFirst && (
        <p class="panel-foot">
          <Button onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? 'Show fewer packages' : `Show all ${inOrder.length} packages`}
          </Button>
        </p>
      )}
    </Panel>
  );
}

/** What waits for release before what is released; among those, what has something missing. */
const rank = ({ released, missing }: BoardReadiness) => (released ? 2 : missing.length > 0 ? 0 : 1);

function Needs({ row, reader }: { row: BoardReadiness; reader: BoardPerson }) {
  if (row.missing.length === 0) return <>{row.line === '' ? 'All there' : capital(row.line)}</>;
  return (
    <>
      {groups(row).map(({ whats, by, more }, index) => (
        <span key={whats.join()}>
          {index > 0 && ' · '}
          <em>{capital(whats.join(', '))}</em>
          {by.length > 0 && ` by ${people(by, reader, more, whats.includes('sign-off') ? 'and' : 'or')}`}
        </span>
      ))}
      {row.line !== '' && <span class="faint"> · {row.line}</span>}
    </>
  );
}

interface Group {
  whats: string[];
  by: BoardPerson[];
  /** How many others. */
  more: number;
}

/** What the same people supply, in one breath. */
function groups({ missing }: BoardReadiness): Group[] {
  const byPeople = new Map<string, Group>();
  for (const { what, by = [], more = 0 } of missing) {
    const key = `${by.map(({ id }) => id).join()} ${more}`;
    const group = byPeople.get(key) ?? { whats: [], by, more };
    group.whats.push(what);
    byPeople.set(key, group);
  }
  return [...byPeople.values()];
}

/** `and`: each of them does. */
function people(by: BoardPerson[], reader: BoardPerson, more: number, word: 'and' | 'or'): string {
  const names = by.slice(0, 3).map(({ id, name }) => (id === reader.id ? `${name} (you)` : name));
  if (by.length + more > 3) return `${names.join(', ')} ${word} ${by.length + more - names.length} more`;
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
