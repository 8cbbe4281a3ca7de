/** What a metric of a plan is about, as leadership asks: by the words of its id, because a plan's metrics have no other name. */
import { driftMetric } from '../watch/drift-metric.ts';
import type { Subject } from '../views/leadership.ts';

const words: Record<Subject, readonly string[]> = {
  adoption: ['adoption', 'adopted', 'usage', 'used', 'users'],
  exceptions: ['exception', 'exceptions', 'error', 'errors', 'failure', 'failures'],
  tickets: ['ticket', 'tickets', 'incident', 'incidents', 'reopened'],
};

/** `close-adoption` is about adoption. Undefined: about something else. */
export function subjectOf(metric: string): Subject | undefined {
  if (metric === driftMetric) return undefined;
  const parts = metric.split(/[._-]/);
  return (Object.keys(words) as Subject[]).find((subject) => parts.some((part) => words[subject].includes(part)));
}

/** Of a package, the first that it watches: two metrics of one thing are not two things. */
export const metricOf = (subject: Subject, watched: readonly { metric: string }[]): string | undefined =>
  watched.find(({ metric }) => subjectOf(metric) === subject)?.metric;
