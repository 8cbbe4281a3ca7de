/** What the doctor says: one line for each thing, and how it is asked within a time limit. */

export type State = 'ok' | 'warning' | 'wrong' | 'notChecked';

export interface Line {
  /** `store`, `Temporal`, `system erp`. */
  about: string;
  state: State;
  /** What was found, one sentence without its full stop; never a secret. */
  text: string;
  /** What to do about it: there where it is not well. */
  fix?: string;
}

export const ok = (about: string, text: string): Line => ({ about, state: 'ok', text });
export const warning = (about: string, text: string, fix: string): Line => ({ about, state: 'warning', text, fix });
export const wrong = (about: string, text: string, fix: string): Line => ({ about, state: 'wrong', text, fix });
/** `fix`: how to have it checked. */
export const notChecked = (about: string, text: string, fix: string): Line => ({ about, state: 'notChecked', text, fix });

/** The lines of a check; one that fails or takes too long is a line itself, and no check keeps the others from being made. */
export async function limited(about: string, ms: number, check: () => Promise<Line[]>): Promise<Line[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Line[]>((resolve) => {
    timer = setTimeout(
      () => resolve([wrong(about, `no answer within ${ms / 1_000} s`, 'look whether it is overloaded, or whether something on the way swallows the answers')]),
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
