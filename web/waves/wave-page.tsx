/** One wave: where it stands, what it waits for and from whom, its place on the calendar, its release as simulated, its review, and what happened. */
import type { CalendarView, CalendarWave } from '../../domain/views/calendar.ts';
import type { ShownWave } from '../../domain/views/overview.ts';
import { waveStages } from '../../domain/states.ts';
import { workflowAddress } from '../../domain/temporal-ui/workflow-address.ts';
import { idInWords } from '../board/words.ts';
import type { Changed } from '../data/live.ts';
import { useRead, type Reading } from '../data/use-read.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Empty, Loading, Trouble } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { BesideLegend, StateChip } from '../parts/state-chip.tsx';
import { day, span } from '../parts/time.tsx';
import { Link, packageAddress } from '../router.tsx';
import { useMe } from '../shell/me.tsx';
import { Shell } from '../shell/shell.tsx';
import { Conflicts } from './conflicts.tsx';
import { Events } from './events.tsx';
import { Review } from './review.tsx';
import { Signed } from './signed.tsx';
import { Simulated } from './simulated.tsx';
import { Timeline } from './timeline.tsx';
import { WaveActions } from './wave-actions.tsx';
import { Silent } from './waves-page.tsx';
import { counted, peopleInWords, stageInWords } from './words.ts';
import './waves.css';

interface At {
  plan: string;
  wave: string;
}

export function WavePage({ place }: { place: At }) {
  const about = (change: Changed) => change === 'everything' || (change.plan === place.plan && (change.wave === undefined || change.wave === place.wave));
  const inPlan = (change: Changed) => change === 'everything' || change.plan === place.plan;
  const calendar = useRead<CalendarView>(`/v1/calendar?plan=${encodeURIComponent(place.plan)}`, inPlan);
  const wave = useRead<ShownWave>(`/v1/waves/${encodeURIComponent(place.plan)}/${encodeURIComponent(place.wave)}`, about);
  const found = calendar.view?.waves.find((each) => each.wave === place.wave);
  // The wave's own answer says best why it is not there.
  const failure = wave.failure ?? calendar.failure;
  return (
    <Shell title={idInWords(place.wave)}>
      {found === undefined && (
        <div class="headline">
          <h1>{idInWords(place.wave)}</h1>
        </div>
      )}
      {failure !== undefined && (
        <Trouble
          failure={failure}
          below={calendar.view !== undefined && found !== undefined}
          retry={() => {
            calendar.again();
            wave.again();
          }}
        />
      )}
      {calendar.view !== undefined && found !== undefined ? (
        <Shown view={calendar.view} wave={found} own={wave} again={calendar.again} />
      ) : failure === undefined && wave.view?.packages.length === 0 ? (
        <Empty title="It has no packages any more">Abort it to end it, or bring it back by another revision of the plan.</Empty>
      ) : calendar.view !== undefined && failure === undefined && wave.view === undefined && !wave.asking ? (
        <Empty title="This wave has not started">It starts when its plan is applied.</Empty>
      ) : (
        failure === undefined && <Loading what="the wave" lines={8} />
      )}
    </Shell>
  );
}

function Shown({ view, wave, own, again }: { view: CalendarView; wave: CalendarWave; own: Reading<ShownWave>; again: () => void }) {
  const plan = view.plans.find((each) => each.plan === wave.plan);
  const conflicts = view.conflicts.filter(({ packages }) => packages.some((each) => each.wave === wave.wave));
  if (!plan) return null;
  return (
    <>
      <div class="headline">
        <p class="soft small">
          <Link to="/waves">Waves</Link> · {idInWords(wave.plan)} · revision {plan.revision}
        </p>
        <h1>{headingOf(wave)}</h1>
        <p class="soft">
          {wave.description !== undefined && `${wave.description} · `}
          {wave.window ? (
            <span class="num">
              maintenance window {day(wave.window.fromMs, { time: true, yearOf: plan.nowMs })}, open for {span(wave.window.untilMs - wave.window.fromMs)}
            </span>
          ) : (
            counted(wave.packages.length, 'package')
          )}
          <Workflow at={wave} />
        </p>
      </div>
      <Stages stage={wave.stage} />
      <WaveActions wave={wave} plan={plan} again={again} />
      <Silent count={view.silent} />
      <div class="board-two">
        <Waits wave={wave} reader={view.reader.id} />
        <SignOffs wave={wave} nowMs={plan.nowMs} reader={view.reader.id} />
      </div>
      <Timeline plan={plan} waves={[wave]} linked={false} />
      <div class="board-two">
        <Simulated wave={wave} />
        <Conflicts conflicts={conflicts} plans={[plan]} more={false} />
      </div>
      <Review own={own} nowMs={plan.nowMs} reader={view.reader.id} />
      <Events at={wave} nowMs={plan.nowMs} />
    </>
  );
}

/** 'Wave 1 is closed: …', or 'Wave 3: everything is released …'. */
function headingOf({ wave, sentence }: CalendarWave): string {
  const [name, of] = [idInWords(wave), sentence.startsWith('It ') ? sentence.slice(3) : undefined];
  return of === undefined ? `${name}: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : `${name} ${of}`;
}

function Workflow({ at: { plan, wave } }: { at: At }) {
  const base = useMe()?.temporalUi;
  if (base === undefined) return null;
  const waveWorkflow = `${plan}/${wave}`;
  return (
    <>
      {' · '}
      <a href={workflowAddress(base, waveWorkflow)}>Its workflow in Temporal</a>
    </>
  );
}

function Stages({ stage }: { stage: CalendarWave['stage'] }) {
  const at = waveStages.indexOf(stage);
  const shown = waveStages.filter((each) => (stage === 'aborted' ? each === 'aborted' : each !== 'aborted'));
  return (
    <ol class="stages" aria-label="Stages of the wave">
      {shown.map((each) => {
        const index = waveStages.indexOf(each);
        return (
          <li key={each} class={each === stage ? 'stage-now' : index < at ? 'stage-past' : ''} {...(each === stage ? { 'aria-current': 'step' as const } : {})}>
            {stageInWords[each]}
          </li>
        );
      })}
    </ol>
  );
}

function Waits({ wave, reader }: { wave: CalendarWave; reader: string }) {
  const waiting = wave.packages.filter(({ released }) => !released);
  return (
    <Panel id="waits" title="What it waits for" hint="and from whom">
      {waiting.length === 0 ? (
        <Empty title={wave.stage === 'review' ? 'Its review' : 'Nothing waits for release'}>
          {wave.status === 'over'
            ? 'This wave has ended.'
            : wave.stage === 'review'
              ? 'Every package is stable or has ended. An operator writes the review, which closes the wave.'
              : 'All its packages are released.'}
        </Empty>
      ) : (
        <ul class="waits">
          {waiting.map((each) => {
            const mine = each.waits.some((wait) => wait.mine);
            return (
              <li key={each.package}>
                <div>
                  <Link to={packageAddress({ ...wave, package: each.package })} class="package-name">
                    {each.name}
                  </Link>{' '}
                  <StateChip state={each.state} beside={each.beside} />
                  {each.unanswered && <p>It does not answer: what it waits for is not known now.</p>}
                  {each.waits.length === 0 ? (
                    !each.unanswered && <p>Everything is there.</p>
                  ) : (
                    <ul>
                      {each.waits.map(({ what, by = [] }) => (
                        <li key={what}>
                          <em>{what.charAt(0).toUpperCase() + what.slice(1)}</em>
                          {by.length > 0 && ` by ${peopleInWords(by, reader)}`}
                        </li>
                      ))}
                    </ul>
                  )}
                  {each.heldBack !== undefined && <p>Held back: {each.heldBack}</p>}
                </div>
                {mine && (
                  <ButtonLink kind="mine" to={packageAddress({ ...wave, package: each.package })} label={`Open: what ${each.name} waits for`}>
                    Open
                  </ButtonLink>
                )}
              </li>
            );
          })}
        </ul>
      )}
      <BesideLegend of={waiting} />
    </Panel>
  );
}

function SignOffs({ wave, nowMs, reader }: { wave: CalendarWave; nowMs: number; reader: string }) {
  return (
    <Panel id="sign-offs" title="Sign-offs" hint={wave.packages.some(({ released }) => !released) ? <Signed signed={wave.signed} /> : undefined}>
      <ul class="waits">
        {wave.packages.map((each) => (
          <li key={each.package}>
            <div>
              <span class="package-name">{each.name}</span>
              {each.signers === undefined ? (
                <p>
                  <Signed signed={each.signed} />
                </p>
              ) : each.signers.length === 0 ? (
                <p class="faint">Nobody is asked yet: there is no preview to sign.</p>
              ) : (
                <ul>
                  {each.signers.map((who) => (
                    <li key={who.id}>
                      {who.id === reader ? `${who.name} (you)` : who.name}{' '}
                      {who.decision === undefined ? (
                        <em>has not signed</em>
                      ) : (
                        <span class="num">
                          {who.decision === 'approve' ? 'approved' : 'rejected'}
                          {who.atMs !== undefined && ` on ${day(who.atMs, { time: true, yearOf: nowMs })}`}
                        </span>
                      )}
                    </li>
                  ))}
                </ul>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
