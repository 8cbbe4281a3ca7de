/** A row of parts that are there or not: filled, or an empty frame. Read out as one text, because five bars say nothing to who cannot see them. */
import './segments.css';

export interface Segment {
  name: string;
  ok: boolean;
}

export function Segments({ parts }: { parts: readonly Segment[] }) {
  const missing = parts.filter(({ ok }) => !ok).map(({ name }) => name);
  const text =
    missing.length === 0
      ? `${parts.length} of ${parts.length} ready`
      : `${parts.length - missing.length} of ${parts.length} ready; missing: ${missing.join(', ')}`;
  return (
    <span class="segments" role="img" aria-label={text} title={text}>
      {parts.map(({ name, ok }) => (
        <i key={name} class={ok ? 'there' : 'missing'} />
      ))}
    </span>
  );
}
