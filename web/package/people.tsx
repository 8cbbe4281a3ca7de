/** Who gets, has or loses what in which system, person by person: the preview before the release, what it did afterwards. A page of rows at a time. */
import { useEffect, useState } from 'preact/hooks';
import type { GrantList, GrantRow } from '../../domain/views/grants.ts';
import type { PreviewRow, PreviewView } from '../../domain/views/preview.ts';
import { read } from '../data/ask.ts';
import { failureIn, type Failure } from '../data/failure.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Loading } from '../parts/conditions.tsx';
import { nameInDn } from './name-in-dn.ts';
import { apiPath, nameIn, type PackageContext, type Place } from './reading.ts';

const rowsAtOnce = 50;

type Page = Pick<PreviewView, 'total' | 'next' | 'names' | 'signature' | 'systems'> & { rows: (PreviewRow | GrantRow)[] };
type Rows = { pages: Page[]; failure: Failure | undefined; asking: boolean; more: () => void };

/** `key`: differs when there is something else to read. */
export function useRows(place: Place, of: 'preview' | 'grants', query: string, key: string): Rows {
  const [state, setState] = useState<{ pages: Page[]; failure: Failure | undefined; asking: boolean }>({ pages: [], failure: undefined, asking: true });
  const path = (cursor?: string) => `${apiPath(place)}/${of}?limit=${rowsAtOnce}${query}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  const ask = (cursor: string | undefined, signal?: AbortSignal) => {
    setState((before) => ({ ...before, asking: true }));
    read<PreviewView | GrantList>(path(cursor), signal).then(
      (found) => {
        const page: Page = 'grants' in found ? { ...found, rows: found.grants } : found;
        if (!signal?.aborted) setState((before) => ({ pages: cursor === undefined ? [page] : [...before.pages, page], failure: undefined, asking: false }));
      },
      (error: unknown) => {
        if (!signal?.aborted) setState((before) => ({ ...before, failure: failureIn(error), asking: false }));
      },
    );
  };
  useEffect(() => {
    const now = new AbortController();
    ask(undefined, now.signal);
    return () => now.abort();
  }, [apiPath(place), of, query, key]);
  return { ...state, more: () => ask(state.pages.at(-1)?.next) };
}

interface Shown {
  context: PackageContext;
  /** Absent: the grants once it is released, and the preview before. */
  of?: 'preview' | 'grants';
  query?: string;
  empty?: string;
}

export function People({ context, of: asked, query = '', empty }: Shown) {
  const { view, place } = context;
  const released = view.package?.releasedAtMs !== undefined || view.running !== null;
  const of = asked ?? (released && query === '' ? 'grants' : 'preview');
  const key = of === 'grants' ? JSON.stringify(view.ledger) : (view.package?.previewDigest ?? '');
  const { pages, failure, asking, more } = useRows(place, of, query, key);
  const [first] = pages;
  const rows = pages.flatMap((page) => page.rows);
  if (failure?.code === 'not-previewed') return <Empty title="No preview yet">{failure.detail}</Empty>;
  if (failure && pages.length === 0) return <Failed failure={failure} retry={more} />;
  if (!first) return <Loading what="who gets what" lines={4} />;
  if (rows.length === 0) return <Empty title={empty ?? 'Nobody gets or loses anything'} />;
  const next = pages.at(-1)?.next;
  return (
    <>
      <ul class="people panel-body">
        {[...byPerson(rows)].map(([person, lines]) => (
          <li key={person}>
            <span class="row-who">{personText(lines[0], nameIn(...pages.map(({ names }) => names), view.names))}</span>
            <ul>
              {lines.map((line) => (
                <RowLine key={`${line.system}${line.role}${line.account}${'change' in line ? `${line.change}${line.rule ?? ''}` : line.kind}`} line={line} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {failure && <Failed failure={failure} retry={more} />}
      {next !== undefined && (
        <p class="rows-more foot">
          <Button disabled={asking} onClick={more}>
            Show more rows
          </Button>{' '}
          <span class="soft num">
            {rows.length} of {first.total} rows
          </span>
        </p>
      )}
    </>
  );
}

const byPerson = <Row extends PreviewRow | GrantRow>(rows: Row[]): Map<string, Row[]> => Map.groupBy(rows, (row) => row.person || row.account || '—');

const personText = (row: PreviewRow | GrantRow | undefined, nameOf: PackageContext['nameOf']): string => {
  if (!row || (row.person === '' && row.account === '')) return 'The package as a whole';
  return row.person === '' ? `${row.account} (outside the package)` : nameOf(row.person);
};

function RowLine({ line }: { line: PreviewRow | GrantRow }) {
  const { word, tone } = 'change' in line ? changes[line.change] : outcomeOf(line);
  const account = line.person !== '' && line.account !== '' && line.account !== line.person ? line.account : undefined;
  const grantors = 'change' in line ? line.grantors : undefined;
  return (
    <li>
      <span class={`row-change tone-text-${tone}`}>{word}</span>
      {line.role !== '' && (
        <code>
          {line.system}/{line.role}
        </code>
      )}
      <span class="soft row-why" title={grantors?.some((name) => nameInDn(name) !== name) ? grantors.join('\n') : undefined}>
        {'since' in line && line.since !== undefined && (
          <strong class="tone-text-tune">{line.since === 'new' ? 'new since then · ' : 'gone since then · '}</strong>
        )}
        {[
          account === undefined ? '' : `as ${account}`,
          grantors && grantors.length > 0 ? `granted by ${grantors.map(nameInDn).join(', ')}` : '',
          line.why ?? '',
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </li>
  );
}

type Tone = 'ok' | 'watch' | 'tune' | 'roll' | 'wait';
const changes: Record<PreviewRow['change'], { word: string; tone: Tone }> = {
  gets: { word: 'gets', tone: 'ok' },
  has: { word: 'has', tone: 'wait' },
  loses: { word: 'loses', tone: 'roll' },
  other: { word: 'keeps', tone: 'wait' },
  conflict: { word: 'conflict', tone: 'tune' },
  together: { word: 'incompatible', tone: 'tune' },
};

const outcomes: Record<GrantRow['outcome'], { word: string; tone: Tone }> = {
  pending: { word: 'pending', tone: 'wait' },
  created: { word: 'granted', tone: 'ok' },
  preexisting: { word: 'had it', tone: 'wait' },
  failed: { word: 'failed', tone: 'roll' },
  unknown: { word: 'not confirmed', tone: 'tune' },
  revoked: { word: 'revoked', tone: 'roll' },
  kept: { word: 'kept', tone: 'wait' },
  gone: { word: 'gone', tone: 'wait' },
  withdrawn: { word: 'withdrawn', tone: 'wait' },
  restored: { word: 'restored', tone: 'ok' },
  notRestored: { word: 'not restored', tone: 'tune' },
};
const outcomeOf = ({ kind, outcome }: GrantRow) =>
  kind === 'retire' && outcome === 'revoked' ? { word: 'retired', tone: 'roll' as const } : outcomes[outcome];
