/** What of the report is shown: it stands in the address, and the endpoint is asked for exactly that. Pure, so that it can be tested. */
import type { PeriodLength } from '../../domain/views/leadership.ts';

/** As the address has it; '' where it says nothing. */
export interface Shown {
  from: string;
  to: string;
  period: PeriodLength;
  team: string;
}

export const usual: Shown = { from: '', to: '', period: 'week', team: '' };

export const shownIn = (query: URLSearchParams): Shown => ({
  from: query.get('from') ?? '',
  to: query.get('to') ?? '',
  period: query.get('period') === 'month' ? 'month' : 'week',
  team: query.get('team') ?? '',
});

/** Only what is not as usual. */
export function queryOf(shown: Shown): string {
  const query = new URLSearchParams();
  for (const key of ['from', 'to', 'period', 'team'] as const) if (shown[key] !== usual[key]) query.set(key, shown[key]);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

export const addressOf = (shown: Shown): string => `/leadership${queryOf(shown)}`;
