import type { Turns } from './turns.ts';

/** Carries out the work in a turn, and ends the turn however the work ends. `turn`: as `take` gives it. */
export async function inTurn<T>(turn: ReturnType<Turns['take']>, work: () => Promise<T>): Promise<T> {
  const end = await turn;
  try {
    return await work();
  } finally {
    end();
  }
}
