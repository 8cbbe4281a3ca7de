/**
 * Recent release activity, live. What is new stands on top at once, unless somebody is reading here: then it waits behind 'n new'. Older activity and that of
 * one action is asked for page by page.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { activityActions, type ActivityAction } from '../../domain/states.ts';
import type { Activity, ActivityList, BoardPlan } from '../../domain/views/board.ts';
import { read } from '../data/ask.ts';
import { failureIn, type Failure } from '../data/failure.ts';
import { heardNow, onActivity, onHeard } from '../data/live.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Failed } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { Instant } from '../parts/time.tsx';
import { Link, packageAddress } from '../router.tsx';
import { idInWords } from './words.ts';
import '../parts/choice.css';

const most = 500;

export function ActivityFeed({ recent, plans }: { recent: ActivityList; plans: BoardPlan[] }) {
  const [action, setAction] = useState<ActivityAction | ''>('');
  const [list, setList] = useState<ActivityList>(recent);
  const [waiting, setWaiting] = useState<Activity[]>([]);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [live, setLive] = useState(heardNow().state === 'live');
  const [older, setOlder] = useState(false);
  const section = useRef<HTMLDivElement>(null);
  const asked = useRef<AbortController>(undefined);

  useEffect(() => () => asked.current?.abort(), []);
  useEffect(() => onHeard(({ state }) => setLive(state === 'live')), []);
  // The board's own answer has the newest; it leaves what was asked for besides in place.
  useEffect(() => {
    if (action === '' && !older && !isRead(section.current)) setList(recent);
  }, [recent]);
  useEffect(
    () =>
      onActivity((each) => {
        if (action !== '' && each.action !== action) return;
        if (isRead(section.current)) setWaiting((before) => onTop(before, [each]));
        else setList((before) => ({ ...before, activity: onTop(before.activity, [each]).slice(0, older ? most : recent.activity.length + 8) }));
      }),
    [action, older],
  );

  async function ask(wanted: ActivityAction | '', cursor?: string): Promise<void> {
    // The answer to what was chosen before comes too late.
    asked.current?.abort();
    const { signal } = (asked.current = new AbortController());
    setAsking(true);
    setFailure(undefined);
    try {
      const query = new URLSearchParams({ limit: '25', ...(wanted === '' ? {} : { action: wanted }), ...(cursor === undefined ? {} : { cursor }) });
      const page = await read<ActivityList>(`/v1/board/activity?${query.toString()}`, signal);
      if (signal.aborted) return;
      setList((before) =>
        cursor === undefined ? page : { activity: [...before.activity, ...page.activity], ...(page.next === undefined ? {} : { next: page.next }) },
      );
    } catch (error) {
      if (!signal.aborted) setFailure(failureIn(error));
    } finally {
      if (!signal.aborted) setAsking(false);
    }
  }

  function choose(wanted: ActivityAction | ''): void {
    setAction(wanted);
    setOlder(false);
    setWaiting([]);
    void ask(wanted);
  }

  function more(): void {
    // The first page of the board has a cursor of its own filters: begin with the same as a list.
    const first = !older && action === '';
    setOlder(true);
    void ask(action, first ? undefined : list.next);
  }

  function showWaiting(): void {
    setList((before) => ({ ...before, activity: onTop(before.activity, waiting).slice(0, most) }));
    setWaiting([]);
  }

  const nowOf = new Map(plans.map(({ plan, nowMs }) => [plan, nowMs]));
  return (
    <Panel
      id="activity"
      title="Recent release activity"
      hint={live ? 'Telemetry live' : 'Telemetry not live'}
      more={
        <label class="choice">
          <span>Action</span>
          <select value={action} onChange={({ currentTarget }) => choose(activityActions.find((each) => each === currentTarget.value) ?? '')}>
            <option value="">any</option>
            {activityActions.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      }
    >
      <div ref={section}>
        <div class="feed-new">{waiting.length > 0 && <Button onClick={showWaiting}>{waiting.length} new</Button>}</div>
        {/* Once, however many more there are by the time somebody looks. */}
        <span class="unseen" role="status">
          {waiting.length > 0 && 'There is new activity'}
        </span>
        {list.activity.length === 0 && !asking ? (
          <Empty title="Nothing has happened yet">Releases, evaluations, tunes and rollbacks in which you act appear here as they happen.</Empty>
        ) : (
          <ul class="feed">
            {list.activity.map((each) => (
              <Item key={each.id} each={each} nowMs={nowOf.get(each.plan) ?? each.atMs} />
            ))}
          </ul>
        )}
        {failure !== undefined && <Failed failure={failure} retry={() => void ask(action)} />}
        {list.next !== undefined && (
          <p class="panel-foot">
            <Button disabled={asking} onClick={more}>
              {asking ? 'Loading' : 'Older activity'}
            </Button>
          </p>
        )}
      </div>
    </Panel>
  );
}

const tones: Record<ActivityAction, string> = { Release: 'ok', Monitor: 'watch', Tune: 'tune', Rollback: 'roll' };

function Item({ each, nowMs }: { each: Activity; nowMs: number }) {
  const { wave, package: id, plan } = each;
  const about = each.name ?? (wave === undefined ? plan : idInWords(wave));
  return (
    <li>
      <Instant atMs={each.atMs} nowMs={nowMs} />
      <span class={`act act-${tones[each.action]}`}>{each.action}</span>
      <div>
        {wave !== undefined && id !== undefined ? (
          <Link to={packageAddress({ plan, wave, package: id })} class="package-name">
            {about}
          </Link>
        ) : (
          <b class="package-name">{about}</b>
        )}{' '}
        {each.text}
        {each.by !== undefined && <span class="soft"> · {each.by.name}</span>}
        {each.note !== undefined && <p>Ops note: {each.note}</p>}
      </div>
    </li>
  );
}

/** Newer ones before older ones, each once. */
function onTop(before: readonly Activity[], added: readonly Activity[]): Activity[] {
  const known = new Set(before.map(({ id }) => id));
  return [...added.filter(({ id }) => !known.has(id)).toReversed(), ...before];
}

/** Somebody has the pointer or the focus in it. */
const isRead = (element: HTMLElement | null): boolean => element !== null && (element.matches(':hover') || element.contains(document.activeElement));
