/** All waves: when they go live, what is watched until when, what is in the way, and what each still waits for. */
import type { CalendarView, CalendarWave } from '../../domain/views/calendar.ts';
import { idInWords } from '../board/words.ts';
import { useRead } from '../data/use-read.ts';
import { Empty, Loading, Trouble } from '../parts/conditions.tsx';
import { LeftOut, OnlyPlan } from '../parts/left-out.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { Link, usePlace, waveAddress } from '../router.tsx';
import { Shell } from '../shell/shell.tsx';
import { Conflicts } from './conflicts.tsx';
import { Signed } from './signed.tsx';
import { Timeline } from './timeline.tsx';
import { counted, statusInWords } from './words.ts';
import './waves.css';

export function WavesPage() {
  const only = usePlace().query.get('only') ?? '';
  const { view, failure, again } = useRead<CalendarView>(only === '' ? '/v1/calendar' : `/v1/calendar?plan=${encodeURIComponent(only)}`);
  return (
    <Shell title="Waves">
      {view === undefined && <Waiting failed={failure !== undefined} />}
      {failure !== undefined && <Trouble failure={failure} below={view !== undefined} retry={again} />}
      {view !== undefined && <Shown view={view} only={only} />}
    </Shell>
  );
}

function Waiting({ failed }: { failed: boolean }) {
  return (
    <>
      <div class="headline">
        <h1>Waves</h1>
        <p class="soft">When packages go live, and what is in the way.</p>
      </div>
      {!failed && (
        <Panel id="calendar" title="Calendar">
          <Loading what="the calendar" lines={8} />
        </Panel>
      )}
    </>
  );
}

function Shown({ view, only }: { view: CalendarView; only: string }) {
  const { plans, waves, conflicts } = view;
  return (
    <>
      <div class="headline">
        <h1>{headline(view)}</h1>
        <p class="soft">{plans.length === 0 ? 'You see no plan yet.' : 'Go-lives, maintenance windows, watch windows and known peaks, in plan time.'}</p>
      </div>
      <Silent count={view.silent} />
      <OnlyPlan plan={only} all="/waves" />
      <LeftOut plans={view.notShown} address={(plan) => `/waves?only=${encodeURIComponent(plan)}`} />
      {plans.map((plan) => (
        <Timeline key={plan.plan} plan={plan} waves={waves.filter((each) => each.plan === plan.plan)} linked />
      ))}
      <Conflicts conflicts={conflicts} plans={plans} more={view.more === true} />
      <Panel id="waves" title="Waves" hint={counted(waves.length, 'wave')}>
        {waves.length === 0 ? (
          <Empty title="No wave yet">
            Apply a plan, and its waves appear here: <code>rolewave apply plan.yaml</code>
          </Empty>
        ) : (
          <ul class="waves">
            {waves.map((wave) => (
              <WaveLine key={`${wave.plan}/${wave.wave}`} wave={wave} view={view} />
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}

function WaveLine({ wave, view }: { wave: CalendarWave; view: CalendarView }) {
  const nowMs = view.plans.find(({ plan }) => plan === wave.plan)?.nowMs;
  const waiting = wave.packages.filter(({ released }) => !released).length;
  return (
    <li>
      <div>
        <Link to={waveAddress(wave)} class="package-name">
          {idInWords(wave.wave)}
        </Link>
        {view.plans.length > 1 && <span class="faint"> · {idInWords(wave.plan)}</span>}
        <p>{wave.sentence}</p>
        {wave.description !== undefined && <p class="faint">{wave.description}</p>}
      </div>
      <span class="small">
        {statusInWords[wave.status]}
        {wave.goLiveMs !== undefined && <span class="num"> {day(wave.goLiveMs, { time: true, yearOf: nowMs })}</span>}
      </span>
      <span class="small">{waiting > 0 ? <Signed signed={wave.signed} /> : <span class="faint">{counted(wave.packages.length, 'package')}</span>}</span>
    </li>
  );
}

export function Silent({ count }: { count: number | undefined }) {
  if (count === undefined) return null;
  return (
    <p class="waves-silent" role="status">
      {count === 1 ? 'One wave or package does' : `${count} waves and packages do`} not answer: no worker runs, or a workflow task fails. What is known without
      them is shown.
    </p>
  );
}

/** What the calendar is about, in one sentence. */
function headline({ waves, conflicts, plans }: CalendarView): string {
  if (waves.length === 0) return 'No wave is planned yet.';
  const dated = waves.filter(({ status }) => status === 'dated').length;
  const undated = waves.filter(({ status }) => status === 'tentative' || status === 'on hold' || status === 'held back').length;
  const released = waves.filter(({ status }) => status === 'released' || status === 'over').length;
  const parts = [
    dated > 0 ? `${counted(dated, 'wave has', 'waves have')} a go-live ahead` : '',
    undated > 0 ? `${undated} ${undated === 1 ? 'has' : 'have'} no date` : '',
    released > 0 ? `${released} ${released === 1 ? 'is' : 'are'} released` : '',
  ].filter(Boolean);
  const acts = plans.some(({ blackouts }) => blackouts !== undefined);
  const inTheWay = acts
    ? `; ${conflicts.length === 0 ? 'nothing is in the way' : counted(conflicts.length, 'conflict needs a look', 'conflicts need a look')}`
    : '';
  const text = `${parts.join(', ')}${inTheWay}.`;
  return text.startsWith('1 ') || /^\d/.test(text)
    ? text.replace(/^(\d+) (has|have|is|are)/, (_all, count: string, verb: string) => `${counted(Number(count), 'wave')} ${verb}`)
    : text;
}
