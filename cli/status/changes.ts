/** What `status --watch` writes where there is no terminal: a line for each package that changed. */
import type { FullWave } from '../../domain/views/lists.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import { printable } from '../printable.ts';
import { frozenText } from '../proposal.ts';
import { dayText } from '../times.ts';
import { hasWatchEnded } from '../watch-words.ts';

/** `said`: by package, the line that was last written for it. */
export function changesOf({ wave, packages }: FullWave, said: Map<string, string>): string[] {
  return wave.packages.flatMap((planned) => {
    const running = packages.find((entry) => entry.package === planned.package);
    const state = running?.state ?? planned.state;
    const why = running
      ? (running.receiptLine ?? (running.proposal ? proposalWhy(running.proposal) : running.lastVerdict?.why))
      : (planned.heldBack?.text ?? planned.blockers.map(({ text }) => text).join('; '));
    const day = running && !hasWatchEnded(running) ? `, ${dayText(running.watch)}` : '';
    const line = `${wave.plan}/${wave.wave}/${planned.package}: ${state}${day}${why ? `: ${printable(why)}` : ''}`;
    const key = `${wave.plan}/${wave.wave}/${planned.package}`;
    if (said.get(key) === line) return [];
    said.set(key, line);
    return [line];
  });
}

function proposalWhy(proposal: ProposalView): string {
  const held = frozenText(proposal);
  return `${proposal.why}${held === undefined ? '' : ` (${held})`}`;
}
