/** Systems are opened in processes of their own here too: one whose answers end what reads them has a line, and everything else is still checked. */
import type { ProcessLimits } from '../clients/own-process/child-process.ts';

/** How long such a process may take to start, besides what a system takes to answer. */
export const startMs = 5_000;

/** One that is held by an answer is ended before its check is given up, so that its line says so. */
export const inOwnProcess = (withinMs: number): Partial<ProcessLimits> => ({ silentMs: Math.max(withinMs, startMs), isAttended: true });
