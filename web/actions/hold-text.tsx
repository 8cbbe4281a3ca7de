/** Which hold is lifted: an approval counts for this one alone. */
import type { OpenAction } from '../../domain/views/open-action.ts';
import { day } from '../parts/time.tsx';

export const HoldText = ({ reason, since, sinceMs }: NonNullable<OpenAction['hold']>) => (
  <p>
    The wave is on hold{since === undefined ? '' : ` since revision ${since}`}
    {sinceMs === undefined ? '' : `, which was applied on ${day(sinceMs, { time: true })}`}: <q>{reason}</q>. If another revision changes the hold or adds a
    package, your approval no longer counts.
  </p>
);
