/**
 * Progress of long steps, on stderr: on a terminal one live line each (what, how far, how long); otherwise a plain line at the start and
 * one at the end, so that logs stay short.
 */

/** A running long step. `update` reports its progress; `fraction` is 0..1 where it is known. */
export interface Step {
  update(detail: string, fraction?: number): void;
  done(detail?: string): void;
  /** This way does not work here, and another one follows: not a failure. */
  skipped(why: string): void;
  failed(why: string): void;
}

export interface Progress {
  /** Begins a step; `expectation` says how long it takes, as text ('about five minutes'). */
  step(title: string, expectation?: string): Step;
  /** One plain line between steps. */
  note(line: string): void;
}

type Stream = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';

export function createProgress(stream: Stream = process.stderr, now: () => number = Date.now): Progress {
  const live = stream.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined;
  return {
    step: (title, expectation) => (live ? liveStep(stream, now, title, expectation) : plainStep(stream, now, title, expectation)),
    note: (line) => void stream.write(`${line}\n`),
  };
}

/** Prints nothing: for callers that found everything in the cache. */
export const silent: Progress = {
  step: () => ({ update: () => {}, done: () => {}, skipped: () => {}, failed: () => {} }),
  note: () => {},
};

function plainStep(stream: Stream, now: () => number, title: string, expectation?: string): Step {
  const started = now();
  stream.write(`${title}${expectation ? ` (${expectation})` : ''} …\n`);
  const end = (mark: string, detail?: string) => stream.write(`${mark} ${title}${detail ? `: ${detail}` : ''} (${readableDuration(now() - started)})\n`);
  return { update: () => {}, done: (detail) => void end('✓', detail), skipped: (why) => void end('–', why), failed: (why) => void end('✗', why) };
}

function liveStep(stream: Stream, now: () => number, title: string, expectation?: string): Step {
  const started = now();
  let detail = '';
  let fraction: number | undefined;
  let turn = 0;
  const draw = () => {
    const parts = [title, detail, percentage(fraction), timing(now() - started, expectation)].filter((part) => part !== '');
    const line = `${SPINNER[turn++ % SPINNER.length]} ${parts.join(' · ')}`;
    stream.write(CLEAR_LINE + line.slice(0, (stream.columns ?? 100) - 1));
  };
  draw();
  const timer = setInterval(draw, 120);
  timer.unref();
  const end = (mark: string, text?: string) => {
    clearInterval(timer);
    stream.write(`${CLEAR_LINE}${mark} ${title}${text ? `: ${text}` : ''} (${readableDuration(now() - started)})\n`);
  };
  return {
    update: (text, part) => {
      detail = text;
      fraction = part;
    },
    done: (text) => end('✓', text),
    skipped: (why) => end('–', why),
    failed: (why) => end('✗', why),
  };
}

function percentage(fraction: number | undefined): string {
  if (fraction === undefined) return '';
  return `${Math.floor(Math.min(0.99, Math.max(0, fraction)) * 100)} %`;
}

function timing(elapsed: number, expectation?: string): string {
  return expectation ? `${readableDuration(elapsed)} (takes ${expectation})` : readableDuration(elapsed);
}

/** `840 ms`, `12 s`, `3 min 05 s`. */
export function readableDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
