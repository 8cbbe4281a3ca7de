/** What was put right while it was watched. */
import type { TuneStep } from '../../domain/plan/schema.ts';
import { capital } from '../printable.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { person, table, when } from './words.ts';

const steps: Record<TuneStep, string> = {
  reconcile: 'Put right what differs',
  grantMissing: 'Give what is missing',
  retireLegacy: 'Retire old access again',
  tighten: 'Take one role away',
  narrow: 'Narrow the people',
  extend: 'Watch longer',
  ask: 'Ask a person',
};

export function tunesSection({ plan }: ReportData, { running }: ReportedPackage): Html {
  if (!running || running.tunes.length === 0) return html`<p class="empty">Nothing was tuned.</p>`;
  return table(
    'Tunes',
    ['When', 'Step', 'Why', 'By', 'Result'],
    running.tunes.map(({ atMs, step, why, by, result }) => [when(atMs), steps[step] ?? step, capital(why), person(plan, by), result]),
    true,
  );
}
