/** Which days, which periods, which team; and the button that prints. Each change is in the address at once. */
import type { LeadershipView } from '../../domain/views/leadership.ts';
import { idInWords } from '../board/words.ts';
import { Button } from '../parts/button.tsx';
import { go } from '../router.tsx';
import { addressOf, usual, type Shown } from './filters.ts';
import '../parts/choice.css';

const dayMs = 86_400_000;
const written = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export function FilterBar({ shown, view }: { shown: Shown; view: LeadershipView | undefined }) {
  const change = (part: Partial<Shown>) => go(addressOf({ ...shown, ...part }), { replace: true });
  const teams = view?.teamNames ?? [];
  const all = shown.team === '' || teams.includes(shown.team) ? teams : [...teams, shown.team];
  const isUsual = addressOf(shown) === addressOf(usual);
  return (
    <search class="report-filters">
      <DayField name="From" value={shown.from} usually={view && written(view.range.fromMs)} onChange={(from) => change({ from })} />
      <DayField name="To" value={shown.to} usually={view && written(view.range.untilMs - dayMs)} onChange={(to) => change({ to })} />
      <label class={`choice ${shown.period === usual.period ? '' : 'choice-set'}`}>
        <span>By</span>
        <select value={shown.period} onChange={({ currentTarget }) => change({ period: currentTarget.value === 'month' ? 'month' : 'week' })}>
          <option value="week">week</option>
          <option value="month">month</option>
        </select>
      </label>
      <label class={`choice ${shown.team === '' ? '' : 'choice-set'}`}>
        <span>Team</span>
        <select value={shown.team} onChange={({ currentTarget }) => change({ team: currentTarget.value })}>
          <option value="">all</option>
          {all.map((team) => (
            <option key={team} value={team}>
              {idInWords(team)}
            </option>
          ))}
        </select>
      </label>
      {!isUsual && <Button onClick={() => go(addressOf(usual))}>Clear filters</Button>}
      <span class="report-print">
        <Button onClick={() => print()}>Print</Button>
      </span>
    </search>
  );
}

interface DayFieldProps {
  name: string;
  value: string;
  usually: string | undefined;
  onChange: (value: string) => void;
}

/** Shows the day that the report has where the address names none. */
function DayField({ name, value, usually, onChange }: DayFieldProps) {
  return (
    <label class={`choice ${value === '' ? '' : 'choice-set'}`}>
      <span>{name}</span>
      <input type="date" value={value === '' ? usually : value.slice(0, 10)} onChange={({ currentTarget }) => onChange(currentTarget.value)} />
    </label>
  );
}
