/** What stands below the table: who is asked for what, and what waits for a person. */
import { besideMeaning, besides, unreleasedText } from '../../domain/states.ts';
import type { FullWave } from '../../domain/views/lists.ts';
import { count, printable } from '../printable.ts';
import { requestLines } from '../proposal.ts';

const requestsShown = 10;

/** Who is asked for what, the earliest date first, and what waits for a person. */
export function below(entries: FullWave[], reader?: string): string {
  const asked = entries
    .flatMap(({ wave, packages }) => [...(wave.requests ?? []), ...packages.flatMap(({ requests = [] }) => requests)])
    .sort((a, b) => (a.byMs ?? Number.POSITIVE_INFINITY) - (b.byMs ?? Number.POSITIVE_INFINITY));
  const lines = asked
    .slice(0, requestsShown)
    .flatMap((request) => requestLines(request, reader))
    .map((line) => `  ${printable(line)}`);
  const more = asked.length > requestsShown ? [`  and ${asked.length - requestsShown} more: rolewave notices`] : [];
  return [...legend(entries), ...(lines.length > 0 ? ['Open requests:', ...lines, ...more, ''] : []), summary(entries)].join('\n');
}

/** What a state says that a package can have before its release as well, once for all packages. */
function legend(entries: FullWave[]): string[] {
  const states = new Set(
    entries.flatMap(({ wave, packages }) => {
      const running = new Set(packages.map((entry) => entry.package));
      return wave.packages.flatMap((planned) => (running.has(planned.package) ? [] : [planned.state]));
    }),
  );
  const lines = [...states].flatMap((state) => {
    const meaning = besideMeaning(besides[state]);
    return meaning === undefined ? [] : [`${unreleasedText(state)}: ${meaning}`];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

/** What waits for a person, in one sentence. */
function summary(entries: FullWave[]): string {
  const needing = entries.flatMap(({ wave, packages }) =>
    wave.packages
      .filter((planned) => {
        const running = packages.find((entry) => entry.package === planned.package);
        return running ? running.proposal !== undefined || running.requests !== undefined : planned.endedWhy === undefined && planned.blockers.length > 0;
      })
      .map((planned) => `${wave.plan}/${wave.wave}/${planned.package}`),
  );
  // Those who do not act in it see no requests, and yet its review is open.
  const ofWaves = entries.flatMap(({ wave }) =>
    wave.stage === 'review' || wave.requests?.some((request) => request.package === undefined) ? [`${wave.plan}/${wave.wave}`] : [],
  );
  const waiting = [...needing, ...ofWaves];
  if (waiting.length === 0) return 'Nothing waits for a person.';
  const howMany = [...(needing.length > 0 ? [count(needing.length, 'package')] : []), ...(ofWaves.length > 0 ? [count(ofWaves.length, 'wave')] : [])].join(
    ' and ',
  );
  return `${howMany} ${waiting.length === 1 ? 'waits' : 'wait'} for a person: ${waiting.map(printable).join(', ')}. Next: ${waiting.length === 1 ? `run 'rolewave show ${printable(waiting.join(''))}'` : "run 'rolewave show' with one of them"}.`;
}
