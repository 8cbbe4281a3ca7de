/** `rolewave status --watch`: a live table on a terminal, otherwise lines for what changed; until Ctrl-C, or until a state is reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTerminal } from '../../domain/misleading-text.ts';
import type { FullWave } from '../../domain/views/lists.ts';
import type { Context } from '../context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { statusTable } from '../table.ts';
import { below } from './below.ts';
import { changesOf } from './changes.ts';
import { isReached, notInTime, type Goal } from './goal.ts';

export type Read = () => Promise<FullWave[]>;

/**
 * Runs until Ctrl-C, or until the state of `goal` is reached. It reports an endpoint that stops answering and retries. One that never answered ends the
 * command. Throws where the goal cannot be reached any more, or not in time.
 */
export async function watch(context: Context, read: Read, pauseMs: number, goal?: Goal): Promise<void> {
  let shown = await read();
  const endsAtMs = goal?.withinMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + goal.withinMs;
  const show = context.io.terminal && !context.json ? await liveTable(context) : changedLines(context);
  try {
    show.entries(shown);
    while (!context.io.ended.aborted) {
      if (goal && isReached(shown, goal.state)) return;
      if (Date.now() >= endsAtMs) throw notInTime(shown, goal as Goal);
      await sleep(Math.min(pauseMs, Math.max(1, endsAtMs - Date.now())), undefined, { signal: context.io.ended }).catch(() => undefined);
      if (context.io.ended.aborted) break;
      try {
        shown = await read();
        show.entries(shown);
      } catch (error) {
        if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.unreachable) throw error;
        show.trouble(error.message);
      }
    }
  } finally {
    show.done();
  }
}

interface Show {
  entries(entries: FullWave[]): void;
  trouble(why: string): void;
  done(): void;
}

async function liveTable({ io, named, client }: Context): Promise<Show> {
  const { createLogUpdate } = await import('log-update');
  const log = createLogUpdate(io.screen);
  let last: FullWave[] = [];
  const draw = (below: string) => log(onTerminal(io.pasteable(`${statusTable(last, Date.now(), io.columns(), named)}\n\n${below}`)));
  return {
    entries: (entries) => {
      last = entries;
      draw(named(below(entries, client.person)));
    },
    trouble: (why) => draw(`${why} Retrying.`),
    done: () => log.done(),
  };
}

/** The whole once, then one line for each package that changed; with --json one line of JSON for each change. */
function changedLines(context: Context): Show {
  const said = new Map<string, string>();
  let first = true;
  let trouble = '';
  return {
    entries: (entries) => {
      trouble = '';
      const lines = entries.flatMap((entry) => changesOf(entry, said));
      if (first && !context.json) context.io.out(statusTable(entries, Date.now(), context.io.columns(), context.named));
      else if (context.json ? first || lines.length > 0 : lines.length > 0) context.answer(entries, lines.join('\n'));
      first = false;
    },
    trouble: (why) => {
      if (why !== trouble) context.io.err(`${why} Retrying.`);
      trouble = why;
    },
    done: () => undefined,
  };
}
