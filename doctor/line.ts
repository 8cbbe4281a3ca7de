/** The doctor's lines, one for each finding, and the time limit of a check. */

export type State = 'ok' | 'warning' | 'wrong' | 'notChecked';

export interface Line {
  /** `store`, `Temporal`, `system erp`. */
  about: string;
  state: State;
  /** The finding: one sentence without its full stop; never a secret. */
  text: string;
  /** What to do about it; present unless the state is ok. */
  fix?: string;
}

export const ok = (about: string, text: string): Line => ({ about, state: 'ok', text });
export const warning = (about: string, text: string, fix: string): Line => ({ about, state: 'warning', text, fix });
export const wrong = (about: string, text: string, fix: string): Line => ({ about, state: 'wrong', text, fix });
/** `fix`: how to get it checked. */
export const notChecked = (about: string, text: string, fix: string): Line => ({ about, state: 'notChecked', text, fix });

/** The lines of a check. A check that fails or takes too long becomes a line, and does not hold up the others. */
export async function limited(about: string, ms: number, check: () => Promise<Line[]>): Promise<Line[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Line[]>((resolve) => {
    timer = setTimeout(
      () =>
        resolve([wrong(about, `no answer within ${ms / 1_000} s`, 'check whether it is overloaded, or whether something on the network drops the answers')]),
      ms,
    );
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return [wrong(about, words(error), 'fix that and run the doctor again')];
  } finally {
    clearTimeout(timer);
  }
}

/** The first line of an error's message, without its full stop. */
export function words(error: unknown): string {
  const cause = error instanceof AggregateError && error.message === '' ? error.errors[0] : error;
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return (text.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 300);
}
