/** What happened in the wave and its packages, the most recent first, page by page. */
import { useState } from 'preact/hooks';
import type { ActivityList } from '../../domain/views/board.ts';
import { read } from '../data/ask.ts';
import { failureIn, type Failure } from '../data/failure.ts';
import { useRead } from '../data/use-read.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Loading } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { Instant } from '../parts/time.tsx';
import { Link, packageAddress } from '../router.tsx';

const tones = { Release: 'ok', Monitor: 'watch', Tune: 'tune', Rollback: 'roll' } as const;

export function Events({ at, nowMs }: { at: { plan: string; wave: string }; nowMs: number }) {
  const path = `/v1/board/activity?plan=${encodeURIComponent(at.plan)}&wave=${encodeURIComponent(at.wave)}&limit=15`;
  const newest = useRead<ActivityList>(path, (change) => change === 'everything' || (change.plan === at.plan && change.wave === at.wave));
  const [older, setOlder] = useState<ActivityList>();
  const [failure, setFailure] = useState<Failure>();
  const [asking, setAsking] = useState(false);

  async function more(cursor: string): Promise<void> {
    setAsking(true);
    setFailure(undefined);
    try {
      const page = await read<ActivityList>(`${path}&cursor=${encodeURIComponent(cursor)}`);
      setOlder((before) => ({ ...page, activity: [...(before?.activity ?? []), ...page.activity] }));
    } catch (error) {
      setFailure(failureIn(error));
    } finally {
      setAsking(false);
    }
  }

  const first = newest.view?.activity ?? [];
  const known = new Set(first.map(({ id }) => id));
  const all = [...first, ...(older?.activity ?? []).filter(({ id }) => !known.has(id))];
  const next = older === undefined ? newest.view?.next : older.next;
  return (
    <Panel id="events" title="What happened" hint="the most recent first">
      {newest.view === undefined && newest.failure === undefined && <Loading what="what happened" />}
      {newest.view !== undefined && all.length === 0 && (
        <Empty title="Nothing to show">Only people who act in the wave or for one of its packages see its events.</Empty>
      )}
      {all.length > 0 && (
        <ul class="happened">
          {all.map((each) => (
            <li key={each.id}>
              <Instant atMs={each.atMs} nowMs={nowMs} />
              <span class={`act-${tones[each.action]}`}>{each.action}</span>
              <div>
                {each.package !== undefined && (
                  <>
                    <Link to={packageAddress({ ...at, package: each.package })} class="package-name">
                      {each.name ?? each.package}
                    </Link>{' '}
                  </>
                )}
                {each.text}
                {each.by !== undefined && <span class="soft"> · {each.by.name}</span>}
              </div>
            </li>
          ))}
        </ul>
      )}
      {(failure ?? newest.failure) !== undefined && <Failed failure={(failure ?? newest.failure) as Failure} retry={newest.again} />}
      {next !== undefined && (
        <p class="panel-foot">
          <Button disabled={asking} onClick={() => void more(next)}>
            {asking ? 'Loading' : 'Older events'}
          </Button>
        </p>
      )}
    </Panel>
  );
}
