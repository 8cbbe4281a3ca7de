/** What `status --until` waits for. */
import { isEndState, unreleasedText, type PackageState } from '../../domain/states.ts';
import type { FullWave } from '../../domain/views/lists.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { lengthText } from '../times.ts';

export interface Goal {
  state: PackageState;
  withinMs?: number;
}

interface Standing {
  id: string;
  state: PackageState;
  isReleased: boolean;
  /** Why its state will not change any more. */
  over?: string;
}

/** Every package has the state. Throws as soon as one of them never will. */
export function isReached(entries: FullWave[], state: PackageState): boolean {
  const standings = standingsIn(entries);
  const lost = standings.filter((each) => each.state !== state && each.over !== undefined);
  if (lost.length > 0)
    throw new CommandFailure(exitCodes.refused, `Not every package will be ${state}: ${lost.map(({ id, over }) => `${id} ${over}`).join('; ')}.`, {
      code: 'never-reached',
      packages: lost.map((each) => each.id),
    });
  return standings.length > 0 && standings.every((each) => each.state === state);
}

export function notInTime(entries: FullWave[], { state, withinMs = 0 }: Goal): CommandFailure {
  const others = standingsIn(entries).filter((each) => each.state !== state);
  const what =
    others.length === 0
      ? 'no package is shown'
      : others.map(({ id, state, isReleased }) => `${id} is ${isReleased ? state : unreleasedText(state)}`).join('; ');
  return new CommandFailure(exitCodes.notInTime, `Not ${state} within ${lengthText(withinMs)}: ${what}.`, {
    code: 'not-in-time',
    packages: others.map((each) => each.id),
  });
}

const standingsIn = (entries: FullWave[]): Standing[] =>
  entries.flatMap(({ wave, packages }) =>
    wave.packages.map((planned): Standing => {
      const id = printable(`${wave.plan}/${wave.wave}/${planned.package}`);
      const running = packages.find((entry) => entry.package === planned.package);
      const state = running?.state ?? planned.state;
      const isReleased = running !== undefined;
      if (isEndState(state)) return { id, state, isReleased, over: `is ${state}` };
      return !isReleased && planned.endedWhy !== undefined
        ? { id, state, isReleased, over: 'was never released, because its wave has ended' }
        : { id, state, isReleased };
    }),
  );
