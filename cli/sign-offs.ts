/** What a person decided on a preview, in a word. */
import type { SignOffView } from '../domain/views/sign-off.ts';

export const decisionWords: Record<SignOffView['decision'], string> = { approve: 'approved', reject: 'rejected', withdraw: 'withdrew the earlier decision' };

export const signOffWords: Record<SignOffView['decision'], string> = { approve: 'signed off', reject: 'rejected', withdraw: 'earlier decision withdrawn' };
