/**
 * What the terminal shows while the demonstration runs: what people do, line by line, and below it a live table of all waves. Without a terminal:
 * the same lines, and one more for each package that changes its state.
 */
import { createLogUpdate } from 'log-update';
import { toPlan } from '../domain/time/plan-clock.ts';
import { stateOf } from './board.ts';
import type { WaveEntry } from './rolewave-client.ts';

export interface Screen {
  tell(line: string): void;
  update(waves: WaveEntry[]): void;
  /** Leaves the last table standing; only plain lines afterwards. */
  close(): void;
}

/** `table` draws the waves; see cli/table.ts. */
export function createScreen(stream: NodeJS.WriteStream, table: (waves: WaveEntry[], width: number) => string): Screen {
  const startMs = Date.now();
  let waves: WaveEntry[] = [];
  const stamp = () => `${((Date.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${planDay(waves).padEnd(8)}`;
  const live = stream.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined;
  return live ? liveScreen() : plainScreen();

  function liveScreen(): Screen {
    const log = createLogUpdate(stream);
    const width = () => stream.columns ?? 100;
    const draw = () => log(`\n${table(waves, width())}`);
    let open = true;
    return {
      tell: (line) => {
        if (!open) return void stream.write(`${line}\n`);
        log.persist(`${stamp()}  ${line}`);
        draw();
      },
      update: (next) => {
        waves = next;
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
    const say = (line: string) => void stream.write(`${stamp()}  ${line}\n`);
    return {
      tell: say,
      update: (next) => {
        waves = next;
        for (const change of changes(waves, said)) say(change);
      },
      close: () => {},
    };
  }
}

/** One line for each package whose state is not the one last said. */
function changes(waves: WaveEntry[], said: Map<string, string>): string[] {
  return waves.flatMap(({ wave, packages }) =>
    wave.packages.flatMap((planned) => {
      const running = packages.find((entry) => entry.package === planned.package);
      const state = stateOf({ wave, planned, ...(running ? { running } : {}) });
      if (said.get(planned.package) === state) return [];
      said.set(planned.package, state);
      const day = running && running.state !== 'Rolled back' ? `, day ${running.watch.day} of ${running.watch.days}` : '';
      const why = running?.lastVerdict ? `: ${running.lastVerdict.why}` : '';
      return [`${planned.name} → ${state}${day}${why}`];
    }),
  );
}

function planDay(waves: WaveEntry[]): string {
  const clock = waves[0]?.wave.clock;
  return clock ? new Date(toPlan(Date.now(), clock)).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }) : '';
}
