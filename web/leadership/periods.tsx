/** By week or month: a chart for each question, and the same numbers as a table. */
import { stretchText } from '../../charts/days.ts';
import { periodChart, type Bar, type BarKind, type PeriodChartInput } from '../../charts/period-chart.ts';
import { percent } from '../../domain/leadership/percent.ts';
import type { LeadershipPeriod, PeriodLength, ShareFigure, Subject } from '../../domain/views/leadership.ts';
import { Drawing } from '../parts/drawing.tsx';
import { Panel } from '../parts/panel.tsx';
import { span } from '../parts/time.tsx';
import { counted, Figure, Heads, Share } from './figure.tsx';
import { correctionsSaid, driftSaid, shareSaid, tooFew, type Said } from './words.ts';

export function Periods({ periods, length }: { periods: LeadershipPeriod[]; length: PeriodLength }) {
  return (
    <Panel id="periods" title={`By ${length}`} hint="of each package, what the last evaluation that was due in it measured">
      <div class="charts">
        {charts
          .filter(({ isShown }) => isShown?.(periods) ?? true)
          .map(({ name, about, keys, draw }) => {
            const { drawing, words } = periodChart(draw(periods));
            return (
              <figure key={name}>
                <figcaption>
                  <strong>{name}</strong> <span class="soft">{about()}</span>
                </figcaption>
                <Drawing of={drawing} label={`${name}: ${words}`} />
                <p class="chart-keys">
                  {keys.map(([kind, what]) => (
                    <span key={kind}>
                      <svg viewBox="0 0 10 10" aria-hidden="true">
                        <rect class={`chart-bar-${kind}`} x="0.5" y="0.5" width="9" height="9" />
                      </svg>
                      {what}
                    </span>
                  ))}
                </p>
              </figure>
            );
          })}
      </div>
      <table class="figures" role="table" aria-labelledby="periods-title">
        <Heads
          names={[
            length === 'week' ? 'Week' : 'Month',
            'Released',
            'Adoption',
            'Exceptions',
            'Tickets',
            'Access drift',
            'Evaluations',
            'Corrections',
            'Decisions',
          ]}
        />
        <tbody role="rowgroup">
          {periods.map((each) => (
            <tr role="row" key={each.fromMs}>
              <th role="rowheader" scope="row">
                {stretchText(each.fromMs, each.untilMs)}
              </th>
              <Figure name="Released" said={counted(each.released)} />
              <Share name="Adoption" figure={each.adoption} />
              <Share name="Exceptions" figure={each.exceptions} />
              <Share name="Tickets" figure={each.tickets} />
              <Figure name="Access drift" said={driftSaid(each.drift)} />
              <Figure name="Evaluations" said={counted(each.evaluations.count)} />
              <Figure name="Corrections" said={correctionsSaid(each)} />
              <Figure name="Decisions" said={decisionsSaid(each)} />
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function decisionsSaid({ requests }: LeadershipPeriod): Said {
  if (!requests) return { text: tooFew, isKnown: false };
  const { opened, answered, medianMs } = requests;
  if (opened === 0) return { text: 'none', isKnown: true };
  return { text: `${answered} of ${opened}`, ...(medianMs === undefined ? {} : { small: `half within ${span(medianMs)}` }), isKnown: true };
}

interface Chart {
  name: string;
  about: () => string;
  /** Left out: always. */
  isShown?: (periods: readonly LeadershipPeriod[]) => boolean;
  /** What the parts and shades of its bars are. */
  keys: readonly (readonly [kind: BarKind, words: string])[];
  draw: (periods: readonly LeadershipPeriod[]) => PeriodChartInput;
}

type Kind = 'share' | 'rate';

/** Some packages measure a share of their cases, others how many a day: each has a chart of its own, since neither says anything of the other. */
function ofSubject(name: string, subject: Subject, about: string, kind: Kind): Chart {
  const valueOf = ({ share, perDay }: ShareFigure) => (kind === 'rate' ? perDay : share && share.of > 0 ? share.count / share.of : undefined);
  return {
    name,
    about: () => about,
    isShown: (periods) => {
      const rated = periods.some((each) => each[subject].perDay !== undefined);
      return kind === 'rate' ? rated : !rated || periods.some((each) => each[subject].share !== undefined);
    },
    keys: [
      ['plain', 'within bounds'],
      ['tune', 'of a package beyond its bound'],
    ],
    draw: (periods) => ({
      bars: periods.map((each): Bar => {
        const known = valueOf(each[subject]);
        const { perDay: _rate, ...shareOnly } = each[subject];
        const { share: _share, ...rateOnly } = each[subject];
        const said = shareSaid(kind === 'rate' ? rateOnly : shareOnly);
        return {
          ...each,
          parts: known === undefined ? undefined : [{ value: known, kind: each[subject].beyond > 0 ? 'tune' : 'plain' }],
          words: [said.text, said.small].filter(Boolean).join(', '),
        };
      }),
      ...(subject === 'adoption' ? { highest: 1 } : {}),
      axis: (tick) => (kind === 'share' ? `${Math.round(tick * 100)} %` : String(Math.round(tick * 100) / 100)),
      label: ({ words }) => words.replace(/,.*| a day$/, ''),
    }),
  };
}

const charts: Chart[] = [
  ofSubject('Adoption', 'adoption', 'people with the new access who use it', 'share'),
  ofSubject('Exceptions', 'exceptions', 'of the cases measured', 'share'),
  ofSubject('Exceptions a day', 'exceptions', 'where days are counted, not cases', 'rate'),
  ofSubject('Tickets', 'tickets', 'of the cases measured', 'share'),
  ofSubject('Tickets a day', 'tickets', 'where days are counted, not cases', 'rate'),
  {
    name: 'Access drift',
    about: () => 'differences from what was reviewed',
    keys: [],
    draw: (periods) => ({
      bars: periods.map((each): Bar => {
        const count = Object.values(each.drift.found).reduce((sum, one) => sum + one, 0);
        return { ...each, parts: each.drift.measured > 0 ? [{ value: count, kind: 'tune' }] : undefined, words: driftSaid(each.drift).text };
      }),
      axis: whole,
      label: ({ words }) => words,
    }),
  },
  {
    name: 'Evaluations',
    about: () => 'by their verdict',
    keys: [
      ['ok', 'healthy, or too early to tell'],
      ['tune', 'calls for a change'],
      ['nothing', 'no data'],
    ],
    draw: (periods) => ({
      bars: periods.map(({ evaluations: { count, byVerdict }, ...each }): Bar => {
        const [change, blind] = [
          (byVerdict.tune ?? 0) + (byVerdict.rollback ?? 0) + (byVerdict.noBenefit ?? 0),
          (byVerdict.noData ?? 0) + (byVerdict.error ?? 0),
        ];
        return {
          ...each,
          parts: [
            { value: count - change - blind, kind: 'ok' },
            { value: change, kind: 'tune' },
            { value: blind, kind: 'nothing' },
          ],
          words: count === 0 ? 'none' : `${count}, ${change} for a change, ${blind} without data`,
        };
      }),
      axis: whole,
      label: ({ words }) => words.replace(/,.*/, ''),
    }),
  },
  {
    name: 'Decisions',
    about: () => 'that people were asked for',
    keys: [
      ['ok', 'made'],
      ['nothing', 'open, or no longer needed'],
    ],
    draw: (periods) => ({
      bars: periods.map(({ requests, ...each }): Bar => ({
        ...each,
        parts: requests && [
          { value: requests.answered, kind: 'ok' },
          { value: requests.opened - requests.answered, kind: 'nothing' },
        ],
        words: requests
          ? `${requests.answered} of ${requests.opened} (${requests.opened === 0 ? 'none' : percent(requests.answered, requests.opened)})`
          : tooFew,
      })),
      axis: whole,
      label: ({ words }) => words.replace(/ \(.*/, ''),
    }),
  },
];

function whole(tick: number): string {
  return Number.isInteger(tick) ? String(tick) : '';
}
