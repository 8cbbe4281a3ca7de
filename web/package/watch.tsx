/** The watch: where it stands as a line of time, a chart for each metric, and each evaluation in words. */
import { metricChart } from '../../charts/metric-chart.ts';
import { watchTimeline } from '../../charts/watch-timeline.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { MetricVerdict } from '../../domain/watch/measurement.ts';
import { durationInWords, everyInWords } from '../../domain/time/duration.ts';
import { isEndState } from '../../domain/states.ts';
import { driftMetric } from '../../domain/watch/drift-metric.ts';
import { driftText, numberText, verdictWords } from '../../domain/watch/verdict-words.ts';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Drawing } from '../parts/drawing.tsx';
import { Panel } from '../parts/panel.tsx';
import { Differences } from './differences.tsx';
import { day, Instant, span } from '../parts/time.tsx';
import type { PackageContext } from './reading.ts';

export const verdictTones = {
  healthy: 'ok',
  learning: 'wait',
  noData: 'wait',
  tune: 'tune',
  rollback: 'roll',
  error: 'tune',
  noBenefit: 'tune',
  terminated: 'wait',
} as const;

export function Watch({ context }: { context: PackageContext }) {
  const { view, nowMs } = context;
  const { running, evaluations } = view;
  const isNarrow = useNarrow();
  if (!running) return <BeforeWatch context={context} />;
  const { watch, tunes } = running;
  return (
    <Panel id="watch" title="Watch" hint={whereItStands(context)}>
      <div class="panel-body watch-line">
        <Drawing
          of={watchTimeline({
            startMs: watch.startMs,
            endMs: watch.endMs,
            nowMs: Math.min(nowMs, endOf(view.events) ?? nowMs),
            nextMs: watch.nextEvaluationMs,
            evaluations: evaluations.map(({ number, dueMs, verdict }) => ({ number, dueMs, verdict: verdict.kind })),
            tunedAtMs: tunes.map(({ atMs }) => atMs),
            width: isNarrow ? 340 : 760,
          })}
          label={`Watch from ${day(watch.startMs)} to ${day(watch.endMs)} with ${evaluations.length} ${evaluations.length === 1 ? 'evaluation' : 'evaluations'}`}
        />
        {running.lastVerdict && (
          <p>
            <strong class={`tone-text-${verdictTones[running.lastVerdict.kind]}`}>{verdictWords[running.lastVerdict.kind]}</strong>:{' '}
            {context.said(running.lastVerdict.why)}
          </p>
        )}
      </div>
      {evaluations.length === 0 ? (
        <Empty title="No evaluation yet">
          {watch.nextEvaluationMs === undefined ? undefined : `The first one is due on ${day(watch.nextEvaluationMs, { time: true })}.`}
        </Empty>
      ) : (
        <>
          <Charts context={context} />
          <Evaluations evaluations={evaluations} nowMs={nowMs} />
        </>
      )}
    </Panel>
  );
}

const narrow = matchMedia('(max-width: 560px)');

/** On a phone: the drawing has a grid of its own there, so that its labels can be read. */
function useNarrow(): boolean {
  const [is, setIs] = useState(narrow.matches);
  useEffect(() => {
    const follow = () => setIs(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return is;
}

/** When its workflow ended, or it was rolled back and goes on only for claims: nothing is watched after that. */
const endOf = (events: PackageContext['view']['events']): number | undefined =>
  events.findLast(({ kind }) => ['ended', 'cancelled', 'kept-for-claims'].includes(kind))?.atMs;
const dayOfWatch = ({ startMs, days }: { startMs: number; days: number }, atMs: number): number =>
  Math.min(days, Math.max(0, Math.floor((atMs - startMs) / dayMs)));
const dayMs = 86_400_000;

function whereItStands({ view, nowMs }: PackageContext): string {
  const { watch } = view.running ?? {};
  if (!watch) return '';
  const ended = endOf(view.events);
  if (isEndState(view.running?.state ?? 'Monitoring')) return ended === undefined ? 'ended' : `ended on day ${dayOfWatch(watch, ended)} of ${watch.days}`;
  if (watch.paused !== undefined) return `paused: ${watch.paused}`;
  const next = watch.nextEvaluationMs === undefined || watch.nextEvaluationMs < nowMs ? '' : `, next evaluation in ${span(watch.nextEvaluationMs - nowMs)}`;
  if (ended !== undefined) return `ended on day ${dayOfWatch(watch, ended)} of ${watch.days}`;
  return watch.endMs > nowMs ? `day ${Math.floor(watch.day)} of ${watch.days}${next}` : `${watch.days} days, ended ${day(watch.endMs)}${next}`;
}

function BeforeWatch({ context: { view } }: { context: PackageContext }) {
  const { watch } = view.definition ?? {};
  return (
    <Panel id="watch" title="Watch" hint={watch ? `for ${durationInWords(watch.lengthMs)} after go-live, evaluated ${everyInWords(watch.everyMs)}` : undefined}>
      {watch ? (
        <ul class="rows panel-body">
          {watch.metrics.map((metric) => (
            <li key={metric.metric}>
              <span class="row-who">{metric.metric === driftMetric ? 'Access drift' : metric.metric}</span>
              <span class="soft row-why">{[metric.description, boundsText(metric)].filter(Boolean).join(' · ')}</span>
            </li>
          ))}
          {watch.confirms !== undefined && <li class="soft">A good end confirms: {watch.confirms}</li>}
        </ul>
      ) : (
        <Empty title="Not released" />
      )}
    </Panel>
  );
}

type Watched = NonNullable<PackageContext['view']['definition']>['watch']['metrics'][number];

function boundsText({ tune, rollback }: Watched): string {
  const one = (does: string, bound: Watched['tune']) =>
    bound === undefined
      ? []
      : [
          bound.above === undefined ? '' : `${does} above ${numberText(bound.above)}`,
          bound.below === undefined ? '' : `${does} below ${numberText(bound.below)}`,
          bound.aboveBaselineTimes === undefined ? '' : `${does} above ${numberText(bound.aboveBaselineTimes)} × before`,
          bound.belowBaselineTimes === undefined ? '' : `${does} below ${numberText(bound.belowBaselineTimes)} × before`,
        ];
  return [...one('tune', tune), ...one('roll back', rollback)].filter(Boolean).join(', ');
}

/** Judged metrics first, in the order of the plan; drift last. */
export function Charts({ context: { view } }: { context: Pick<PackageContext, 'view'> }) {
  const { running, evaluations, definition } = view;
  if (!running) return null;
  const judged = evaluations.flatMap(({ verdict }) => verdict.metrics.map(({ metric }) => metric));
  const metrics = [...new Set([...judged.filter((metric) => metric !== driftMetric), driftMetric])];
  return (
    <div class="charts">
      {metrics.map((metric) => {
        const watched = definition?.watch.metrics.find((each) => each.metric === metric);
        const name = metric === driftMetric ? 'Access drift' : metric;
        const { drawing, words } = metricChart({
          metric,
          evaluations,
          watched: watched ?? (metric === driftMetric ? { metric } : undefined),
          baseline: running.baseline?.[metric],
          startMs: running.watch.startMs,
          endMs: running.watch.endMs,
          tunedAtMs: running.tunes.map(({ atMs }) => atMs),
        });
        return (
          <figure key={metric}>
            <figcaption>
              <strong>{name}</strong> <span class="soft">{watched?.description ?? (metric === driftMetric ? 'differences from what was reviewed' : '')}</span>
            </figcaption>
            <Drawing of={drawing} label={name} />
            <p class="soft small">{words}</p>
          </figure>
        );
      })}
    </div>
  );
}

const shownAtFirst = 5;

function Evaluations({ evaluations, nowMs }: { evaluations: EvaluationView[]; nowMs: number }) {
  const [all, setAll] = useState(false);
  const newest = evaluations.toReversed();
  const shown = all ? newest : newest.slice(0, shownAtFirst);
  return (
    <>
      <ol class="rows panel-body evaluations" aria-label="Evaluations, the newest first">
        {shown.map((each) => (
          <li key={each.number}>
            <span class="row-who">
              <span class="faint num">{each.number}</span> <span class={`tone-text-${verdictTones[each.verdict.kind]}`}>{verdictWords[each.verdict.kind]}</span>
            </span>
            <Instant atMs={each.dueMs} nowMs={nowMs} class="soft" />
            <span class="soft row-why">
              {each.verdict.why}
              <span class="row-numbers num">{[...each.verdict.metrics.flatMap(numbersOf), driftText(each.drift)].filter(Boolean).join(' · ')}</span>
            </span>
          </li>
        ))}
      </ol>
      <DifferencesBelow evaluations={evaluations} />
      {evaluations.length > shownAtFirst && (
        <p class="rows-more foot">
          <Button onClick={() => setAll(!all)}>{all ? 'Show fewer evaluations' : `Show all ${evaluations.length} evaluations`}</Button>
        </p>
      )}
    </>
  );
}

function DifferencesBelow({ evaluations }: { evaluations: EvaluationView[] }) {
  const last = evaluations.at(-1);
  if (!last || last.driftLines.length === 0) return null;
  return (
    <div class="panel-body">
      <h3>What differed at evaluation {last.number}</h3>
      <Differences evaluations={evaluations} />
    </div>
  );
}

const numbersOf = ({ metric, value, n }: MetricVerdict): string[] =>
  metric === driftMetric || value === undefined
    ? []
    : [`${metric} ${numberText(value)}${n === undefined ? '' : ` (${numberText(n)} ${n === 1 ? 'case' : 'cases'})`}`];
