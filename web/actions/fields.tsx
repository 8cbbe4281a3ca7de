/** The fields of a dialog: each with its label, a hint, and what is wrong with it where that is known. Instants are in UTC, as plans write them. */
import type { ComponentChildren } from 'preact';
import './fields.css';

export interface Field {
  name: string;
  label: string;
  kind: 'line' | 'text' | 'instant' | 'duration' | 'choice' | 'check' | 'people';
  required?: boolean;
  hint?: string;
  /** Left out: always. */
  shownIf?: (values: Values) => boolean;
  options?: readonly { value: string; label: string }[];
}

export type Values = Readonly<Record<string, string>>;

export function FieldRow({ field, value, set, id }: { field: Field; value: string; set: (value: string) => void; id: string }) {
  const { label, hint, required = false } = field;
  const hintId = `${id}-hint`;
  const common = { id, required, 'aria-describedby': hint === undefined ? undefined : hintId };
  if (field.kind === 'check')
    return (
      <p class="entry entry-check">
        <input type="checkbox" {...common} checked={value === 'true'} onChange={(event) => set(String(event.currentTarget.checked))} />
        <label for={id}>{label}</label>
        {hint !== undefined && <Hint id={hintId}>{hint}</Hint>}
      </p>
    );
  return (
    <p class="entry">
      <label for={id}>
        {label}
        {!required && <span class="faint"> (optional)</span>}
      </label>
      {control(field, common, value, set)}
      {hint !== undefined && <Hint id={hintId}>{hint}</Hint>}
    </p>
  );
}

const Hint = ({ id, children }: { id: string; children: ComponentChildren }) => (
  <span class="entry-hint" id={id}>
    {children}
  </span>
);

function control(
  { kind, options = [] }: Field,
  common: { id: string; required: boolean; 'aria-describedby': string | undefined },
  value: string,
  set: (value: string) => void,
) {
  switch (kind) {
    case 'text':
      return <textarea {...common} rows={3} maxLength={2_000} value={value} onInput={(event) => set(event.currentTarget.value)} />;
    case 'choice':
      return (
        <select {...common} value={value} onChange={(event) => set(event.currentTarget.value)}>
          {options.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label}
            </option>
          ))}
        </select>
      );
    case 'instant':
      return <input {...common} type="datetime-local" value={value} onInput={(event) => set(event.currentTarget.value)} />;
    default:
      return <input {...common} type="text" autocomplete="off" value={value} onInput={(event) => set(event.currentTarget.value)} />;
  }
}

/** As `datetime-local` writes it, read in UTC. */
export const instantOf = (value: string): number => Date.parse(`${value}Z`);
export const instantValue = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

/** What is still missing or cannot be read, by the name of its field. */
export function firstMistake(fields: readonly Field[], values: Values): { name: string; message: string } | undefined {
  for (const { name, label, kind, required = false, shownIf } of fields) {
    if (shownIf?.(values) === false) continue;
    const value = values[name]?.trim() ?? '';
    if (required && value === '') return { name, message: `${label} is missing.` };
    if (kind === 'instant' && value !== '' && !Number.isFinite(instantOf(value))) return { name, message: `${label}: write a date and a time.` };
    if (kind === 'duration' && value !== '' && !/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value)) return { name, message: `${label}: write 12h or 7d.` };
  }
  return undefined;
}
