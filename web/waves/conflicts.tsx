/** What is in the way: two packages on one cohort, a launch within a blackout or beside a peak. */
import type { CalendarConflict, CalendarPlan } from '../../domain/views/calendar.ts';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { Link, packageAddress } from '../router.tsx';
import { conflictInWords } from './words.ts';

export function Conflicts({ conflicts, plans, more }: { conflicts: CalendarConflict[]; plans: CalendarPlan[]; more: boolean }) {
  const acts = plans.some(({ blackouts }) => blackouts !== undefined);
  const nowOf = new Map(plans.map(({ plan, nowMs }) => [plan, nowMs]));
  return (
    <Panel id="conflicts" title="Conflicts" hint={conflicts.length > 0 ? `${conflicts.length}${more ? ' and more' : ''}, the earliest first` : undefined}>
      {conflicts.length === 0 ? (
        <Empty title={acts ? 'Nothing is in the way' : 'Only people who act in a plan see conflicts'}>
          {acts
            ? 'Two packages watched for the same people, and launches within a blackout or in the week before a peak appear here.'
            : 'You see when waves go live. Its owners and operators also see what is in the way.'}
        </Empty>
      ) : (
        <ul class="conflicts">
          {conflicts.map((each) => (
            <li key={`${each.plan}/${each.kind}/${each.packages.map((one) => `${one.wave}/${one.package}`).join('+')}`}>
              <span class={`conflict-kind ${each.kind === 'withinBlackout' ? 'conflict-hard' : ''}`}>{conflictInWords[each.kind]}</span>
              <div>
                <b>{each.text}</b>
                <p>{each.advice}</p>
                <p class="small">
                  {each.packages.map((one, index) => (
                    <span key={one.wave + one.package}>
                      {index > 0 && ' · '}
                      <Link to={packageAddress({ plan: each.plan, ...one })}>{one.name}</Link>
                    </span>
                  ))}
                </p>
              </div>
              <span class="num soft small">
                {each.fromMs === undefined || each.untilMs === undefined
                  ? 'no date yet'
                  : `${day(each.fromMs, { yearOf: nowOf.get(each.plan) })} to ${day(each.untilMs, { yearOf: nowOf.get(each.plan) })}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
