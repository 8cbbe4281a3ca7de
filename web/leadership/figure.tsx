/** A number in a table, softer where it is not known, with what it is made of below it. */
import type { ShareFigure } from '../../domain/views/leadership.ts';
import { beyondSaid, shareSaid, type Said } from './words.ts';

/** `name`: of the column, for a phone, where the table is a list. */
export function Figure({ name, said, warn = '' }: { name: string; said: Said; warn?: string }) {
  return (
    <td role="cell" class="num">
      <span class="only-cards soft">{name}</span>
      <span class={said.isKnown ? undefined : 'faint small'}>
        {said.text}
        {said.small !== undefined && <small class="soft"> {said.small}</small>}
        {warn !== '' && <small class="tone-text-tune"> {warn}</small>}
      </span>
    </td>
  );
}

export const Share = ({ name, figure }: { name: string; figure: ShareFigure }) => <Figure name={name} said={shareSaid(figure)} warn={beyondSaid(figure)} />;

export const counted = (count: number): Said => ({ text: String(count), isKnown: true });

export function Heads({ names }: { names: readonly string[] }) {
  return (
    <thead role="rowgroup">
      <tr role="row">
        {names.map((name) => (
          <th key={name} role="columnheader" scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
