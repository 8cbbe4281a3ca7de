/** What was tuned while it was watched. */
import { tuneSteps } from '../../domain/tune/steps.ts';
import { capital } from '../printable.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { person, table, when } from './words.ts';

export function tunesSection({ plan }: ReportData, { running }: ReportedPackage): Html {
  if (!running || running.tunes.length === 0) return html`<p class="empty">Nothing was tuned.</p>`;
  return table(
    'Tunes',
    ['When', 'Step', 'Why', 'By', 'Result'],
    running.tunes.map(({ atMs, step, why, by, result }) => [when(atMs), titleOf(step), capital(why), person(plan, by), result]),
    true,
  );
}

/** A newer server may name a step that this command does not know. */
const titleOf = (step: string): string => (Object.hasOwn(tuneSteps, step) ? tuneSteps[step as keyof typeof tuneSteps].title : step);
