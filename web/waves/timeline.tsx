/** Waves and packages on a time axis, in plan time: each row says in words what its drawing shows. */
import type { CalendarBlackout, CalendarPackage, CalendarPlan, CalendarWave } from '../../domain/views/calendar.ts';
import { idInWords } from '../board/words.ts';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { day } from '../parts/time.tsx';
import { go, Link, packageAddress, usePlace, waveAddress } from '../router.tsx';
import { addressOfShown, axisOf, placeOf, ranges, shownIn, stretchOn, ticksOf, type Axis } from './axis.ts';
import { statusInWords } from './words.ts';
import '../parts/choice.css';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export function Timeline({ plan, waves, linked }: { plan: CalendarPlan; waves: CalendarWave[]; linked: boolean }) {
  const { path, query } = usePlace();
  const shown = shownIn(query);
  const { nowMs, blackouts = [] } = plan;
  const axis = axisOf(shown, nowMs, waves, blackouts);
  const onAxis = blackouts.filter((each) => stretchOn(axis, each));
  const to = (next: Partial<typeof shown>) => addressOfShown(path, { ...shown, ...next });
  const usual = axisOf({ fromMs: undefined, weeks: undefined }, nowMs, waves, blackouts);
  // Where nothing is ahead, the calendar begins with what was last, and today is another place.
  const today = nowMs <= usual.untilMs ? undefined : nowMs - 3 * dayMs;
  const move = (by: number) => to({ fromMs: axis.fromMs + by * weekMs, weeks: axis.weeks });
  return (
    <Panel
      id={`calendar-${plan.plan}`}
      class="calendar"
      title={linked ? idInWords(plan.plan) : 'Calendar'}
      hint={`plan time, UTC · ${day(axis.fromMs, { yearOf: nowMs })} to ${day(axis.untilMs, { yearOf: nowMs })}`}
      more={
        <span class="calendar-move">
          <Button aria-label="Earlier" onClick={() => go(move(-Math.ceil(axis.weeks / 2)), { replace: true })}>
            ←
          </Button>
          <Button onClick={() => go(to({ fromMs: today, weeks: undefined }), { replace: true })}>Today</Button>
          <Button aria-label="Later" onClick={() => go(move(Math.ceil(axis.weeks / 2)), { replace: true })}>
            →
          </Button>
          <label class="choice">
            <span class="unseen">Weeks shown</span>
            <select
              value={axis.weeks}
              onChange={({ currentTarget }) =>
                go(to({ weeks: ranges.find((each) => String(each) === currentTarget.value), fromMs: axis.fromMs }), { replace: true })
              }
            >
              {ranges.map((each) => (
                <option key={each} value={each}>
                  {each} weeks
                </option>
              ))}
            </select>
          </label>
        </span>
      }
    >
      {waves.length === 0 ? (
        <Empty title="No wave yet">Apply a plan, and its waves appear here.</Empty>
      ) : (
        <div class="timeline">
          <div class="time-row time-dates" aria-hidden="true">
            <span />
            <div class="track">
              {ticksOf(axis).map((each) => (
                <span key={each} class="tick num" style={{ left: `${placeOf(axis, each)}%` }}>
                  {day(each)}
                </span>
              ))}
            </div>
          </div>
          {onAxis.length > 0 && <Peaks axis={axis} blackouts={onAxis} nowMs={nowMs} />}
          <ul class="time-waves">
            {waves.map((wave) => (
              <li key={wave.wave}>
                <WaveRow axis={axis} wave={wave} nowMs={nowMs} blackouts={onAxis} linked={linked} />
                <ul class="time-packages">
                  {wave.packages.map((each) => (
                    <PackageRow key={each.package} axis={axis} wave={wave} each={each} nowMs={nowMs} blackouts={onAxis} />
                  ))}
                </ul>
              </li>
            ))}
          </ul>
          <p class="legend" aria-hidden="true">
            <span class="key key-live" /> go-live <span class="key key-window" /> maintenance window <span class="key key-watch" /> watch{' '}
            <span class="key key-over" /> watch, over <span class="key key-planned" /> watch, planned{' '}
            {blackouts.length > 0 && (
              <>
                <span class="key key-peak" /> blackout, known peak
              </>
            )}
          </p>
        </div>
      )}
    </Panel>
  );
}

/** Where now is, and the blackouts that apply. Drawn behind what a row shows of its own. */
function Behind({ axis, nowMs, blackouts, only }: { axis: Axis; nowMs: number; blackouts: CalendarBlackout[]; only?: string }) {
  const about = blackouts.filter(({ packages }) => packages === undefined || only === undefined || packages.includes(only));
  return (
    <>
      {ticksOf(axis).map((each) => (
        <i key={each} class="line" style={{ left: `${placeOf(axis, each)}%` }} />
      ))}
      {about.map((each) => {
        const part = stretchOn(axis, each);
        return part && <i key={each.id} class="peak" style={{ left: `${part.from}%`, width: `${part.width}%` }} />;
      })}
      {nowMs >= axis.fromMs && nowMs <= axis.untilMs && <i class="now" style={{ left: `${placeOf(axis, nowMs)}%` }} />}
    </>
  );
}

function Peaks({ axis, blackouts, nowMs }: { axis: Axis; blackouts: CalendarBlackout[]; nowMs: number }) {
  return (
    <div class="time-row">
      <div class="time-name">
        <span>Blackouts and known peaks</span>
        <small>
          {blackouts.map((each) => `${idInWords(each.id)}, ${day(each.fromMs, { yearOf: nowMs })} to ${day(each.untilMs, { yearOf: nowMs })}`).join(' · ')}
        </small>
      </div>
      <div class="track" aria-hidden="true">
        <Behind axis={axis} nowMs={nowMs} blackouts={blackouts} />
      </div>
    </div>
  );
}

interface RowProps {
  axis: Axis;
  wave: CalendarWave;
  nowMs: number;
  blackouts: CalendarBlackout[];
}

function WaveRow({ axis, wave, nowMs, blackouts, linked }: RowProps & { linked: boolean }) {
  const part = wave.window && stretchOn(axis, wave.window);
  return (
    <div class="time-row time-wave">
      <div class="time-name">
        {linked ? (
          <Link to={waveAddress(wave)} class="package-name">
            {idInWords(wave.wave)}
          </Link>
        ) : (
          <b>{idInWords(wave.wave)}</b>
        )}
        <small>
          {statusInWords[wave.status]}
          {wave.goLiveMs !== undefined && <span class="num"> {day(wave.goLiveMs, { time: true, yearOf: nowMs })}</span>}
        </small>
      </div>
      <div class="track" aria-hidden="true">
        <Behind axis={axis} nowMs={nowMs} blackouts={blackouts} />
        {part && <i class="window" style={{ left: `${part.from}%`, width: `${part.width}%` }} />}
      </div>
    </div>
  );
}

function PackageRow({ axis, wave, each, nowMs, blackouts }: RowProps & { each: CalendarPackage }) {
  const { watch, goLiveMs } = each;
  const part = watch && stretchOn(axis, watch);
  const done = watch?.runs === true && part ? Math.max(0, Math.min(part.width, placeOf(axis, nowMs) - part.from)) : 0;
  const live = goLiveMs !== undefined && goLiveMs >= axis.fromMs && goLiveMs <= axis.untilMs ? placeOf(axis, goLiveMs) : undefined;
  return (
    <li class="time-row">
      <div class="time-name">
        <Link to={packageAddress({ plan: wave.plan, wave: wave.wave, package: each.package })} class="time-package">
          {each.name}
        </Link>
        <small>
          <StateChip state={each.state} beside={each.beside} />
          <span class="num">{inWords(each, nowMs)}</span>
        </small>
      </div>
      <div class="track" aria-hidden="true">
        <Behind axis={axis} nowMs={nowMs} blackouts={blackouts} only={each.package} />
        {part && (
          <i
            class={`watch ${watch.runs ? 'watch-runs' : each.released ? 'watch-over' : 'watch-planned'}`}
            style={{ left: `${part.from}%`, width: `${part.width}%` }}
          />
        )}
        {part && done > 0 && <i class="watch watch-done" style={{ left: `${part.from}%`, width: `${done}%` }} />}
        {live !== undefined && <i class={`live ${each.released ? 'live-past' : ''}`} style={{ left: `${live}%` }} />}
      </div>
    </li>
  );
}

function inWords({ goLiveMs, released, watch, heldBack }: CalendarPackage, nowMs: number): string {
  if (goLiveMs === undefined) return heldBack === undefined ? 'no date' : 'held back, no date';
  const live = `${released ? 'released' : 'go-live'} ${day(goLiveMs, { yearOf: nowMs })}`;
  if (!watch) return live;
  return `${live} · watch ${watch.paused ? 'paused, ' : ''}until ${day(watch.untilMs, { yearOf: nowMs })}`;
}
