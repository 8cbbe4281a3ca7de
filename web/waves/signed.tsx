/** How many sign-offs are given, as a bar and in words. */
import type { CalendarWave } from '../../domain/views/calendar.ts';
import { Segments } from '../parts/segments.tsx';

export function Signed({ signed }: { signed: CalendarWave['signed'] }) {
  const { approved, rejected, missing } = signed;
  const all = approved + rejected + missing;
  if (all === 0) return <span class="faint">none asked for yet</span>;
  return (
    <span class="signed">
      {all <= 12 && (
        <span aria-hidden="true">
          <Segments parts={Array.from({ length: all }, (_, index) => ({ name: `sign-off ${index + 1}`, ok: index < approved }))} />
        </span>
      )}
      <span class="num">
        {approved} of {all} signed{rejected > 0 && `, ${rejected} rejected`}
      </span>
    </span>
  );
}
