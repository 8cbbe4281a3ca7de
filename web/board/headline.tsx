/** The sentence, whose counts lead to the table, and below it what comes next. */
import type { BoardView } from '../../domain/views/board.ts';
import { day, span } from '../parts/time.tsx';
import { Link } from '../router.tsx';
import { addressOfView, viewOfPart } from './filters.ts';
import { idInWords } from './words.ts';

export function Headline({ view, only }: { view: BoardView; only: string }) {
  return (
    <div class="headline">
      <h1>
        {view.headline.map((part, index) => {
          const to = viewOfPart(part);
          if (!to) return <span key={index}>{part.text}</span>;
          return (
            <Link key={index} to={`${addressOfView({ ...to, only })}#packages`} class={`count count-${part.tone ?? 'wait'}`}>
              {part.text}
            </Link>
          );
        })}
      </h1>
      <p class="soft">{below(view)}</p>
    </div>
  );
}

const plansShown = 3;
function plansInWords(plans: BoardView['plans']): string {
  const names = plans.slice(0, plansShown).map(({ plan }) => idInWords(plan));
  return plans.length > plansShown
    ? `${plans.length} plans: ${names.join(', ')} and ${plans.length - plansShown} more`
    : `${plans.length} plans: ${names.join(', ')}`;
}

const realDayMs = 86_400_000;

function below({ plans, atMs }: BoardView) {
  const [plan, ...others] = plans;
  if (!plan) return 'You see no plan yet.';
  const many = others.length > 0;
  const next = plans
    .flatMap((each) => (each.next ? [{ ...each.next, each }] : []))
    .toSorted((one, other) => one.goLiveMs - one.each.nowMs - (other.goLiveMs - other.each.nowMs))[0];
  const blackout = many ? undefined : plan.blackout;
  return (
    <>
      {many ? plansInWords(plans) : `${plan.description ?? idInWords(plan.plan)} · revision ${plan.revision}`}
      {next !== undefined && (
        <>
          {' · next go-live '}
          <b class="num">
            {idInWords(next.wave)}, {day(next.goLiveMs, { time: true, yearOf: next.each.nowMs })}
          </b>{' '}
          in {span(next.goLiveMs - next.each.nowMs)}
        </>
      )}
      {blackout !== undefined &&
        (blackout.fromMs <= plan.nowMs
          ? ` · blackout ${idInWords(blackout.id)} until ${day(blackout.untilMs, { yearOf: plan.nowMs })}`
          : ` · blackout ${idInWords(blackout.id)} from ${day(blackout.fromMs, { yearOf: plan.nowMs })}`)}
      {!many && (plan.dayMs < realDayMs || Math.abs(plan.nowMs - atMs) > realDayMs) && (
        <>
          {' '}
          · plan time {day(plan.nowMs, { time: true })}
          {plan.dayMs < realDayMs && `, a day takes ${span(plan.dayMs)}`}
        </>
      )}
    </>
  );
}
