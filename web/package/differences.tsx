/** What the newest evaluation found to differ from what was reviewed: whose access to what, since when, and who made the change where the system tells. */
import { differencesNow } from '../../domain/access/differences.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import { day } from '../parts/time.tsx';

const shownAtMost = 50;

export function Differences({ evaluations }: { evaluations: EvaluationView[] }) {
  const found = differencesNow(evaluations);
  const left = found.length - shownAtMost;
  return (
    <ul class="rows" aria-label="What differs from what was reviewed">
      {found.slice(0, shownAtMost).map(({ text, since, orEarlier }) => (
        <li key={text} class="row-why">
          {text}{' '}
          <span class="soft">
            · found first by evaluation {since.number} on {day(since.dueMs, { time: true })}
            {orEarlier && ' or an earlier one'}
          </span>
        </li>
      ))}
      {left > 0 && <li class="soft">and {left} more: the report of the wave has them</li>}
    </ul>
  );
}
