/** Chooses among the people of a package: those whom the release reached, or those whom it would reach. */
import { useRows } from '../package/people.tsx';
import { nameIn, type PackageContext } from '../package/reading.ts';
import { Button } from '../parts/button.tsx';
import type { Field } from './fields.tsx';
import { listOf } from './form.ts';

interface Props {
  field: Field;
  /** Their ids, separated by commas. */
  value: string;
  set: (value: string) => void;
  id: string;
  context: PackageContext;
}

export function PeopleField({ field, value, set, id, context }: Props) {
  const { pages, failure, asking, more } = useRows(context.place, context.view.running ? 'grants' : 'preview', '', '');
  const chosen = new Set(listOf(value));
  const people = [...new Set(pages.flatMap(({ rows }) => rows.flatMap(({ person }) => (person === '' ? [] : [person]))))];
  const nameOf = nameIn(...pages.map(({ names }) => names), context.view.names);
  const toggle = (person: string) => set((chosen.has(person) ? [...chosen].filter((each) => each !== person) : [...chosen, person]).join(','));
  return (
    <fieldset class="entry entry-people" id={id} tabIndex={-1}>
      <legend>
        {field.label}
        {!field.required && <span class="faint"> (optional)</span>}
      </legend>
      {field.hint !== undefined && <span class="entry-hint">{field.hint}</span>}
      <div class="entry-choices">
        {people.map((person) => (
          <label key={person}>
            <input type="checkbox" checked={chosen.has(person)} onChange={() => toggle(person)} /> {nameOf(person)}
          </label>
        ))}
      </div>
      {pages.length === 0 && <span class="entry-hint">{failure?.title ?? 'Loading the people'}</span>}
      {pages.at(-1)?.next !== undefined && (
        <Button disabled={asking} onClick={more}>
          Show more people
        </Button>
      )}
    </fieldset>
  );
}
