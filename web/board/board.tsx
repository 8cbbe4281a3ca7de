/** Deploy & Maintain: what is released, what it needs, and what operations does next. */
import type { BoardView } from '../../domain/views/board.ts';
import { useRead } from '../data/use-read.ts';
import { Trouble } from '../parts/conditions.tsx';
import { LeftOut, OnlyPlan } from '../parts/left-out.tsx';
import { usePlace } from '../router.tsx';
import { Shell } from '../shell/shell.tsx';
import { ActivityFeed } from './activity.tsx';
import { addressOfView, everything, viewIn } from './filters.ts';
import { Focus } from './focus.tsx';
import { Headline } from './headline.tsx';
import { Packages } from './packages.tsx';
import { Readiness } from './readiness.tsx';
import { Skeleton } from './skeleton.tsx';
import './board.css';

export function Board() {
  const { query } = usePlace();
  const { only } = viewIn(query);
  const { view, failure, again } = useRead<BoardView>(only === '' ? '/v1/board' : `/v1/board?plan=${encodeURIComponent(only)}`);
  return (
    <Shell title="Deploy & Maintain">
      {view === undefined && <Skeleton failed={failure !== undefined} />}
      {failure !== undefined && <Trouble failure={failure} below={view !== undefined} retry={again} />}
      {view !== undefined && <Shown view={view} query={query} />}
    </Shell>
  );
}

function Shown({ view, query }: { view: BoardView; query: URLSearchParams }) {
  const packageOfWave = (at: { plan: string; wave: string }) => view.packages.find(({ plan, wave }) => plan === at.plan && wave === at.wave)?.package;
  return (
    <>
      <Headline view={view} only={viewIn(query).only} />
      <OnlyPlan plan={viewIn(query).only} all="/" />
      <LeftOut plans={view.notShown} address={(only) => addressOfView({ ...everything, only })} />
      {view.silent !== undefined && (
        <p class="board-silent" role="status">
          {view.silent === 1 ? 'One wave or package does' : `${view.silent} waves and packages do`} not answer: no worker runs, or a workflow failed. What is
          known without them is shown.
        </p>
      )}
      {view.waiting?.map(({ plan, messages, untilMs }) => (
        <p key={plan} class="board-silent" role="status">
          {messages === 1 ? 'One notice' : `${messages} notices`} of plan {plan} {messages === 1 ? 'waits' : 'wait'}: it sends more than the site allows in an
          hour. The last is sent on {new Date(untilMs).toISOString().slice(0, 16).replace('T', ' at ')} UTC; what is asked is answered here meanwhile.
        </p>
      ))}
      <div class="board-two">
        <Readiness rows={view.readiness} reader={view.reader} />
        <Focus items={view.focus} packageOfWave={packageOfWave} severalPlans={view.plans.length > 1} />
      </div>
      <Packages packages={view.packages} plans={view.plans} view={viewIn(query)} />
      <ActivityFeed recent={view.recent} plans={view.plans} />
    </>
  );
}
