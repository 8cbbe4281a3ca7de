/** Filters of the table. Each change is in the address at once, without a step for the back button while somebody types. */
import type { BoardPackage } from '../../domain/views/board.ts';
import { Button } from '../parts/button.tsx';
import { go } from '../router.tsx';
import { addressOfView, choices, everything, type View } from './filters.ts';
import { idInWords, riskInWords } from './words.ts';
import '../parts/choice.css';

export function FilterBar({ packages, view }: { packages: BoardPackage[]; view: View }) {
  const { plans, states, waves, risks, owners } = choices(packages);
  const change = (part: Partial<View>, replace = false) => go(addressOfView({ ...view, ...part, page: 1 }), { replace });
  const several = view.state.length > 1;
  const filtered = addressOfView({ ...view, only: '', sort: everything.sort, descending: false, page: 1 }) !== '/';
  return (
    <search class="filters">
      <label>
        <span class="unseen">Filter by name, owner, note or metric</span>
        <input
          type="search"
          class="field"
          placeholder="Filter by name, owner, note"
          value={view.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value }, true)}
        />
      </label>
      <Choice
        name="State"
        value={several ? 'several' : (view.state[0] ?? '')}
        options={[...(several ? [['several', `${view.state.length} states`] as const] : []), ...states.map((each) => [each, each] as const)]}
        onChange={(value) => value !== 'several' && change({ state: value === '' ? [] : [value] })}
      />
      <Choice
        name="Released"
        value={view.released}
        options={[
          ['yes', 'yes'],
          ['no', 'no'],
        ]}
        onChange={(value) => change({ released: value === 'yes' || value === 'no' ? value : '' })}
      />
      {plans.length > 1 && <Choice name="Plan" value={view.plan} options={plans.map((each) => [each, each])} onChange={(plan) => change({ plan })} />}
      <Choice
        name="Wave"
        value={view.wave}
        options={waves.map((each) => [each, plans.length > 1 ? each : idInWords(each.split('/')[1] ?? each)])}
        onChange={(wave) => change({ wave })}
      />
      <Choice name="Risk" value={view.risk} options={risks.map((each) => [each, riskInWords(each)])} onChange={(risk) => change({ risk })} />
      {owners.length > 0 && <Choice name="Owner" value={view.owner} options={owners} onChange={(owner) => change({ owner })} />}
      {filtered && (
        <Button onClick={() => go(addressOfView({ ...everything, only: view.only, sort: view.sort, descending: view.descending }))}>Clear filters</Button>
      )}
    </search>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange: (value: string) => void;
}

function Choice({ name, value, options, onChange }: ChoiceProps) {
  // An address may name what is not there (any more): it is shown, and filters everything out.
  const all = value === '' || options.some(([each]) => each === value) ? options : [...options, [value, value] as const];
  return (
    <label class={`choice ${value === '' ? '' : 'choice-set'}`}>
      <span>{name}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">any</option>
        {all.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
