/** By week or month: a chart for each question, and the same numbers as a table. */
import { periodChart, stretchText, type Bar, type PeriodChartInput } from '../../charts/period-chart.ts';
import type { LeadershipPeriod, PeriodLength, ShareFigure, Subject } from '../../domain/views/leadership.ts';
import { Drawing } from '../parts/drawing.tsx';
import { Panel } from '../parts/panel.tsx';
import { span } from '../parts/time.tsx';
import { counted, Figure, Heads, Share } from './figure.tsx';
import { driftSaid, noData, percent, shareSaid, type Said } from './words.ts';

export function Periods({ periods, length }: { periods: LeadershipPeriod[]; length: PeriodLength }) {
  return (
    <Panel id="periods" title={`By ${length}`} hint="of each package, what the last evaluation that was due in it measured">
      <div class="charts">
        {charts.map(({ name, about, draw }) => {
          const { drawing, words } = periodChart(draw(periods));
          return (
            <figure key={name}>
              <figcaption>
                <strong>{name}</strong> <span class="soft">{about(periods)}</span>
              </figcaption>
              <Drawing of={drawing} label={`${name}: ${words}`} />
            </figure>
          );
        })}
      </div>
      <table class="figures" role="table">
        <Heads
          names={[
            length === 'week' ? 'Week' : 'Month',
            'Released',
            'Adoption',
            'Exceptions',
            'Tickets',
            'Access drift',
            'Evaluations',
            'Tunes and rollbacks',
            'Decisions',
            'Half within',
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
              <Figure name="Tunes and rollbacks" said={{ text: `${each.tunes} and ${each.rolledBack}`, isKnown: true }} />
              <Figure name="Decisions" said={decisionsSaid(each)} />
              <Figure name="Half within" said={tookSaid(each)} />
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const decisionsSaid = ({ requests }: LeadershipPeriod): Said =>
  requests ? { text: `${requests.answered} of ${requests.opened}`, isKnown: true } : { text: '–', isKnown: false };
const tookSaid = ({ requests }: LeadershipPeriod): Said =>
  requests?.medianMs === undefined ? { text: '–', isKnown: false } : { text: span(requests.medianMs), isKnown: true };

interface Chart {
  name: string;
  about: (periods: readonly LeadershipPeriod[]) => string;
  draw: (periods: readonly LeadershipPeriod[]) => PeriodChartInput;
}

/** A share where any period has one, and otherwise how many a day. */
function ofSubject(name: string, subject: Subject, share: string, perDay: string): Chart {
  const isShare = (periods: readonly LeadershipPeriod[]) => subject === 'adoption' || periods.some((each) => each[subject].share !== undefined);
  return {
    name,
    about: (periods) => (isShare(periods) ? share : perDay),
    draw: (periods) => {
      const shares = isShare(periods);
      const value = (figure: ShareFigure) => (shares ? figure.share && figure.share.of > 0 && figure.share.count / figure.share.of : figure.perDay);
      return {
        bars: periods.map((each): Bar => {
          const known = value(each[subject]);
          const kind = each[subject].beyond > 0 ? 'tune' : 'plain';
          const said = shareSaid(each[subject]);
          return {
            ...each,
            parts: typeof known === 'number' ? [{ value: known, kind }] : undefined,
            words: [said.text, said.small].filter(Boolean).join(', '),
          };
        }),
        ...(subject === 'adoption' ? { highest: 1 } : {}),
        axis: (tick) => (shares ? `${Math.round(tick * 100)} %` : String(Math.round(tick * 100) / 100)),
        label: ({ words }) => words.replace(/,.*| a day$/, ''),
      };
    },
  };
}

const charts: Chart[] = [
  ofSubject('Adoption', 'adoption', 'people with the new access who use it', ''),
  ofSubject('Exceptions', 'exceptions', 'of the cases measured', 'a day'),
  ofSubject('Tickets', 'tickets', 'of the cases measured', 'a day'),
  {
    name: 'Access drift',
    about: () => 'differences from what was reviewed',
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
    about: () => 'healthy or too early; above, those that call for a change; on top, those without data',
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
    about: () => 'that people were asked for: answered; above, those that are open or no longer needed',
    draw: (periods) => ({
      bars: periods.map(({ requests, ...each }): Bar => ({
        ...each,
        parts: requests && [
          { value: requests.answered, kind: 'ok' },
          { value: requests.opened - requests.answered, kind: 'nothing' },
        ],
        words: requests
          ? `${requests.answered} of ${requests.opened} (${requests.opened === 0 ? 'none' : percent(requests.answered, requests.opened)})`
          : noData,
      })),
      axis: whole,
      label: ({ words }) => words.replace(/ \(.*/, ''),
    }),
  },
];

function whole(tick: number): string {
  return Number.isInteger(tick) ? String(tick) : '';
}
