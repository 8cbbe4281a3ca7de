/** One tune in words. */
import { durationInWords } from '../time/duration.ts';
import type { Tune } from './tune.ts';

/** 'narrow: ann, ben', 'tighten: erp/reader', 'extend: by 7 days', 'reconcile'. */
export function tuneText({ step, people, entitlement, byMs }: Tune): string {
  const about = people
    ? people.join(', ')
    : entitlement
      ? `${entitlement.system}/${entitlement.role}`
      : byMs === undefined
        ? ''
        : `by ${durationInWords(byMs)}`;
  return about === '' ? step : `${step}: ${about}`;
}
