/**
 * The terminal during the demonstration: what people do, line by line, and below it a live table of all waves and of open
 * requests. Without a terminal: the same lines, and one more for each change of a package's state and for each request.
 */
import { createLogUpdate } from 'log-update';
import type { Notice, NoticeLevel } from '../domain/notices/request.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { unreleasedText } from '../domain/states.ts';
import { stateOf } from './board.ts';
import type { FullWave } from '../domain/views/lists.ts';

const requestsShown = 4;

export interface Screen {
  tell(line: string): void;
  /** `notices`: the unanswered ones, oldest first. */
  update(waves: FullWave[], notices: Notice[]): void;
  /** Keeps the last table; prints only plain lines afterwards. */
  close(): void;
}

/** `table` draws the waves; see cli/table.ts. */
export function createScreen(stream: NodeJS.WriteStream, table: (waves: FullWave[], width: number) => string): Screen {
  const startMs = Date.now();
  let waves: FullWave[] = [];
  let notices: Notice[] = [];
  const stamp = () => `${((Date.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${planDay(waves).padEnd(8)}`;
  const live = stream.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined;
  return live ? liveScreen() : plainScreen();

  function liveScreen(): Screen {
    const log = createLogUpdate(stream);
    const width = () => stream.columns ?? 100;
    const draw = () => log(`\n${table(waves, width())}\n${askedNow(notices, width())}`);
    let open = true;
    return {
      tell: (line) => {
        if (!open) return void stream.write(`${line}\n`);
        log.persist(`${stamp()}  ${line}`);
        draw();
      },
      update: (next, asked) => {
        waves = next;
        notices = asked;
        if (open) draw();
      },
      close: () => {
        if (open) log.done();
        open = false;
      },
    };
  }

  function plainScreen(): Screen {
    const said = new Map<string, string>();
    const shown = new Set<string>();
    const say = (line: string) => void stream.write(`${stamp()}  ${line}\n`);
    return {
      tell: say,
      update: (next, asked) => {
        waves = next;
        for (const change of changes(waves, said)) say(change);
        for (const notice of asked.filter(({ id }) => !shown.has(id))) {
          shown.add(notice.id);
          say(`→ ${requestLine(notice)}`);
        }
      },
      close: () => {},
    };
  }
}

/** The newest open requests, one line each; always the same height, so that the table does not move. */
function askedNow(notices: Notice[], width: number): string {
  const shown = notices.slice(-requestsShown).map((notice) => `  ${requestLine(notice)}`);
  const more = notices.length > shown.length ? ` (${shown.length} of ${notices.length}; all: npx rolewave notices)` : '';
  const lines = shown.length === 0 ? ['  nobody'] : shown;
  return [`\nWho is asked now${more}`, ...lines, ...Array.from({ length: requestsShown - lines.length }, () => '')]
    .map((line) => (line.length < width ? line : `${line.slice(0, width - 2)}…`))
    .join('\n');
}

/** Who is asked for what, and why it is they where somebody else was asked first. */
export const requestLine = ({ to, level, text }: Pick<Notice, 'to' | 'level' | 'text'>): string => `asks ${to.join(', ')}${levelText[level]}: ${text}`;
const levelText: Record<NoticeLevel, string> = {
  first: '',
  delegate: ', as the delegate of the person who has not answered',
  onCall: ', on call, because nobody has answered yet',
  overdue: ', because the date has passed without an answer',
};

/** One line for each package whose state has changed since the last line. */
function changes(waves: FullWave[], said: Map<string, string>): string[] {
  return waves.flatMap(({ wave, packages }) =>
    wave.packages.flatMap((planned) => {
      const running = packages.find((entry) => entry.package === planned.package);
      const state = stateOf({ wave, planned, ...(running ? { running } : {}) });
      if (said.get(planned.package) === state) return [];
      said.set(planned.package, state);
      const day = running && running.state !== 'Rolled back' ? `, day ${running.watch.day} of ${running.watch.days}` : '';
      const why = running?.lastVerdict ? `: ${running.lastVerdict.why}` : '';
      return [`${planned.name} → ${running ? state : unreleasedText(state)}${day}${why}`];
    }),
  );
}

function planDay(waves: FullWave[]): string {
  const clock = waves[0]?.wave.clock;
  return clock ? new Date(toPlan(Date.now(), clock)).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }) : '';
}
