/** What a person decided on a preview, in a word. */
import type { SignOffView } from '../domain/views/sign-off.ts';
import type { WavePackageView } from '../domain/views/wave.ts';

export const signOffWords: Record<SignOffView['decision'], string> = { approve: 'signed off', reject: 'rejected', withdraw: 'earlier decision withdrawn' };

/** Who brought a change, who of the signers receives it, and what the site allows about that. */
export function dutyLines(duties: WavePackageView['duties']): string[] {
  if (!duties) return [];
  const { appliedBy, receivers, allowed } = duties;
  return [
    ...(appliedBy.length > 0 ? [`applied by ${appliedBy.join(', ')}`] : []),
    ...(receivers.length > 0 ? [`of those who may sign, ${receivers.join(', ')} would receive the access`] : []),
    ...allowed.map((line) => `the site allows that ${line}`),
  ];
}
