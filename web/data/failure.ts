/** What a page shows when something does not work: which kind, the title, what happened, and what to do. The endpoint's words, where it has some. */
import type { ProblemView } from '../../domain/views/problem.ts';

export interface Failure {
  /** `offline`: the endpoint, or what is behind it, does not answer now; what is shown stays, and is tried again. */
  kind: 'signedOut' | 'mayNot' | 'notThere' | 'offline' | 'failed';
  title: string;
  detail: string;
  whatToDo: string;
  /** Nothing was refused: whether it arrived is not known, or it may be sent again as it is. */
  isOpen?: boolean;
  /** Of the endpoint's catalog of errors. */
  code?: string;
}

/** Thrown by everything that asks the endpoint. */
export class AskFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.title);
    this.name = 'AskFailed';
    this.failure = failure;
  }
}

const kinds: Record<number, Failure['kind']> = {
  401: 'signedOut',
  403: 'mayNot',
  404: 'notThere',
  429: 'offline',
  502: 'offline',
  503: 'offline',
  504: 'offline',
};

/** Of an answer that is no success; `body`: what it said, or undefined where that was no JSON. */
export function failureOf(status: number, body: Partial<ProblemView> | undefined): Failure {
  const kind = kinds[status] ?? 'failed';
  const { title = titles[kind], detail = '', whatToDo = '', code } = body ?? {};
  if (kind === 'signedOut') return { kind, title: 'You are signed out', detail: '', whatToDo: 'Sign in to come back to this page.' };
  const isOpen = status >= 500 || (status === 429 && code !== 'too-many-refused');
  return {
    kind,
    title,
    detail,
    whatToDo: forPrograms.test(whatToDo) ? (elsewhere[kind] ?? '') : whatToDo,
    ...(isOpen ? { isOpen } : {}),
    ...(code === undefined ? {} : { code }),
  };
}

/** What programs do, and nobody with a page. */
const forPrograms = /\b(?:GET|POST) \//;
const elsewhere: Partial<Record<Failure['kind'], string>> = { notThere: 'The board shows every package that you see, and the calendar every wave.' };

const titles: Record<Failure['kind'], string> = {
  signedOut: 'You are signed out',
  mayNot: 'You may not see this',
  notThere: 'There is no such page',
  offline: 'Rolewave does not answer',
  failed: 'This did not work',
};

export const offline: Failure = {
  kind: 'offline',
  isOpen: true,
  title: titles.offline,
  detail: 'The page could not reach the API.',
  whatToDo: 'The page retries automatically. If it keeps failing, ask those who run Rolewave whether the API is up.',
};

/** Of anything that was thrown. A fault of the page itself is not hidden: it goes on to the console. */
export function failureIn(error: unknown): Failure {
  if (error instanceof AskFailed) return error.failure;
  queueMicrotask(() => {
    throw error;
  });
  return {
    kind: 'failed',
    title: 'The page failed',
    detail: error instanceof Error ? error.message : '',
    whatToDo: 'Reload it. If it fails again, report it.',
  };
}
