/** The leadership report: the state of the rollout in ten lines, by team and by period. It is read and printed; nothing is done here, and no person is named. */
import type { LeadershipView } from '../../domain/views/leadership.ts';
import { idInWords } from '../board/words.ts';
import { useRead } from '../data/use-read.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Loading, Trouble } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { go, usePlace } from '../router.tsx';
import { Shell } from '../shell/shell.tsx';
import { FilterBar } from './filter-bar.tsx';
import { addressOf, queryOf, shownIn, usual, type Shown } from './filters.ts';
import { Packages } from './packages.tsx';
import { Periods } from './periods.tsx';
import { Teams } from './teams.tsx';
import './leadership.css';

/** Read, and not followed by the second. */
const gatherMs = 3_000;
const dayMs = 86_400_000;

export function LeadershipPage() {
  const shown = shownIn(usePlace().query);
  const { view, failure, again } = useRead<LeadershipView>(`/v1/leadership${queryOf(shown)}`, undefined, gatherMs);
  return (
    <Shell title="Leadership">
      <div class="leadership">
        {view === undefined ? <Waiting /> : <Headline view={view} />}
        <FilterBar shown={shown} view={view} />
        {failure !== undefined && <Trouble failure={failure} below={view !== undefined} retry={again} />}
        {view === undefined ? failure === undefined && <WaitingForLines /> : <Report view={view} shown={shown} />}
      </div>
    </Shell>
  );
}

function Waiting() {
  return (
    <div class="headline">
      <h1>Leadership report</h1>
      <p class="soft">The rollout of all waves in ten lines, by team and by period.</p>
    </div>
  );
}

const WaitingForLines = () => (
  <Panel id="lines" title="The rollout in ten lines">
    <Loading what="the leadership report" lines={10} />
  </Panel>
);

function Headline({ view }: { view: LeadershipView }) {
  const { range, plans, team } = view;
  return (
    <div class="headline">
      <h1>{view.headline}</h1>
      <p class="soft">
        {[
          plans.length === 0 ? 'You see no plan yet' : plans.map(({ plan }) => idInWords(plan)).join(', '),
          ...(team === undefined ? [] : [`team ${idInWords(team)}`]),
          `${day(range.fromMs, { yearOf: range.untilMs })} to ${day(range.untilMs - dayMs, { yearOf: 0 })}, plan time`,
        ].join(' · ')}
      </p>
    </div>
  );
}

function Report({ view, shown }: { view: LeadershipView; shown: Shown }) {
  if (view.unknownTeam === true)
    return (
      <div class="panel">
        <Empty title={`No row for the team ${view.team ?? ''}`}>
          There is no such team here, or it has fewer than five people and is counted among the other teams.{' '}
          <Button onClick={() => go(addressOf({ ...shown, team: usual.team }))}>Show all teams</Button>
        </Empty>
      </div>
    );
  if (view.teams.length === 0)
    return (
      <div class="panel">
        <Empty title="Nothing to report yet">
          The report begins when a plan is applied in which you have a part, or which the site lets you read: <code>rolewave apply plan.yaml</code>
        </Empty>
      </div>
    );
  return (
    <>
      {view.leftOut !== undefined && (
        <p class="leadership-silent" role="status">
          There are too many packages for one report: {view.leftOut === 1 ? 'the one' : `the ${view.leftOut}`} that ended first{' '}
          {view.leftOut === 1 ? 'is' : 'are'} not counted.
        </p>
      )}
      {view.silent !== undefined && (
        <p class="leadership-silent" role="status">
          {view.silent === 1 ? 'One wave or package does' : `${view.silent} waves and packages do`} not answer. What is known without them is counted.
        </p>
      )}
      <Panel id="lines" title="The rollout in ten lines" hint={`as of ${new Date(view.atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC, real time`}>
        <ol class="ten-lines">
          {view.lines.map(({ key, title, text, tone }) => (
            <li key={key}>
              <b class={tone === 'tune' || tone === 'roll' ? `tone-text-${tone}` : undefined}>{title}</b> <span>{text}</span>
            </li>
          ))}
        </ol>
      </Panel>
      <Teams teams={view.teams} />
      <Periods periods={view.periods} length={view.range.period} />
      <Packages packages={view.packages} elsewhere={view.elsewhere} severalPlans={view.plans.length > 1} />
      <p class="leadership-note faint">
        Teams and packages only: no person is in this report. Numbers about fewer than five people are left out, except where you act for the package. ‘No data’
        is not zero.
      </p>
    </>
  );
}
