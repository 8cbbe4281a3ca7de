/** What the owner has decided about a package in other waves of its plan: a rejection there stands here, too, before a delegate's approval. */
import type { Message } from '../domain/messages.ts';
import { standingDelegates } from '../domain/authority/separation.ts';
import type { OwnersWord, PackageSection } from '../domain/plan/section.ts';
import type { ActivityDeps } from './deps.ts';
import type { LoadedRelease } from './release.ts';
import { sealedElsewhere } from './sealed-messages.ts';

/** Oldest first. Nothing is read where no delegate has approved it, and no further back than the last word before the first such approval. */
export async function wordsElsewhere(
  deps: ActivityDeps,
  { plan, wave, planTime }: Pick<LoadedRelease, 'plan' | 'wave' | 'planTime'>,
  section: PackageSection,
  messages: readonly Message[],
): Promise<OwnersWord[]> {
  const { id, owner } = section.package;
  const approvals = messages.flatMap((message) => {
    const isDelegates = message.type === 'signOff' && message.body.decision === 'approve' && message.by !== owner && message.package === id;
    return isDelegates && standingDelegates(section, planTime(message.atMs)).includes(message.by) ? [message.atMs] : [];
  });
  const firstMs = Math.min(...approvals);
  const words: OwnersWord[] = [];
  if (approvals.length === 0) return words;
  const of = { plan: plan.plan, wave: wave.id, package: id, by: owner };
  for (let page = await deps.store.signOffsElsewhere(of); ; page = await deps.store.signOffsElsewhere(of, page.after)) {
    for (const row of page.messages) {
      const message = sealedElsewhere(deps, of, row);
      if (message?.type !== 'signOff' || message.by !== owner || message.wave === undefined) continue;
      words.unshift({ wave: message.wave, decision: message.body.decision, atMs: planTime(message.atMs) });
      if (message.atMs <= firstMs) return words;
    }
    if (page.after === undefined) return words;
  }
}
