/**
 * Waves and packages, those of one's own plans first. Anyone may be named in a plan of two hundred waves by people whom they do not know, so all plans under one
 * right that only name somebody have room for a few packages together; what is left out is counted, and is there for those who ask for that plan.
 */
import { z } from 'zod';
import { addressText } from '../../domain/address.ts';
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { NotShown } from '../../domain/views/not-shown.ts';

/** Packages of all plans under one right that only name the reader; a wave without any counts as one. */
export const mostOfARight = 20;

/** Where an answer has no pages: packages of all plans under one right, of those that only name the reader and are asked for, and of all. */
export const mostInOneAnswer = { ofARight: 2_000, ofOthers: 1_000, inAll: 5_000 } as const;

interface InWave {
  plan: string;
  wave: string;
  /** Of a wave that has ended. */
  recordedAtMs?: number;
}

/** What has not ended comes before what has. */
const latestFirst = (one: InWave, other: InWave): number => (other.recordedAtMs ?? Infinity) - (one.recordedAtMs ?? Infinity) || 0;

/** Own plans sort before those that only name the reader. */
export const part = z.enum(['0', '1']);
export type Part = z.output<typeof part>;
export const partOf = (readings: ReadonlyMap<string, Reading>, plan: string): Part => (readings.get(plan)?.own === true ? '0' : '1');

export interface OwnFirst {
  /** Own plans first, otherwise in the same order; without those for which there is no room. `urgent`: these have room before others. */
  waves<Row extends InWave & { packages: readonly unknown[] }>(rows: readonly Row[], urgent?: (row: Row) => boolean): Row[];
  /** Of these waves, the packages for which there is room. */
  packages<Row>(rows: readonly Row[], waveOf: (row: Row) => InWave): Row[];
  /** Of all that was asked for. */
  notShown(): { notShown?: NotShown[] };
}

/**
 * `whole`: everything has room, as where plans are asked for by name. So it has, too, where all are under one right: nobody else's rows are beside them.
 * `unpaged`: the answer has all of it at once, so there is a limit all the same; what has ended, which grows for ever, has what room is left, the latest first.
 */
export function ownFirst(readings: ReadonlyMap<string, Reading>, { whole, unpaged = false }: { whole: boolean; unpaged?: boolean }): OwnFirst {
  const isRoomy = whole || new Set([...readings.values()].map(({ right }) => right)).size <= 1;
  const isOwn = (plan: string) => partOf(readings, plan) === '0';
  const taken = new Map<string, number>();
  /** By the address of a wave, how many of its packages have room. */
  const rooms = new Map<string, number>();
  const left = new Map<string, NotShown>();
  const leave = (plan: string, waves: number, packages: number) => {
    const before = left.get(plan);
    left.set(plan, { plan, waves: (before?.waves ?? 0) + waves, packages: (before?.packages ?? 0) + packages });
  };

  let inAll = 0;
  function mostOf(plan: string): number {
    if (!isRoomy && !isOwn(plan)) return mostOfARight;
    if (!unpaged) return Infinity;
    return isOwn(plan) ? mostInOneAnswer.ofARight : mostInOneAnswer.ofOthers;
  }

  function hasRoom({ plan, wave, packages }: InWave & { packages: readonly unknown[] }): boolean {
    const most = mostOf(plan);
    if (most === Infinity) return true;
    const right = readings.get(plan)?.right ?? '';
    const before = taken.get(right) ?? 0;
    const room = Math.min(Math.max(1, packages.length), most - before, unpaged ? mostInOneAnswer.inAll - inAll : Infinity);
    if (room <= 0) leave(plan, 1, packages.length);
    else {
      inAll += room;
      taken.set(right, before + room);
      rooms.set(addressText({ plan, wave }), room);
    }
    return room > 0;
  }

  return {
    waves(rows, urgent = () => false) {
      const rank = (row: (typeof rows)[number]) => (isOwn(row.plan) ? 0 : 2) + (urgent(row) ? 0 : 1);
      const inTurn = rows.toSorted((one, other) => rank(one) - rank(other) || latestFirst(one, other));
      const shown = new Set(inTurn.filter(hasRoom));
      return [...rows.filter(({ plan }) => isOwn(plan)), ...rows.filter(({ plan }) => !isOwn(plan))].filter((row) => shown.has(row));
    },
    packages(rows, waveOf) {
      const used = new Map<string, number>();
      return rows.filter((row) => {
        const { plan, wave } = waveOf(row);
        const at = addressText({ plan, wave });
        const now = used.get(at) ?? 0;
        used.set(at, now + 1);
        if (now < (rooms.get(at) ?? Infinity)) return true;
        leave(plan, 0, 1);
        return false;
      });
    },
    notShown: () => (left.size === 0 ? {} : { notShown: [...left.values()] }),
  };
}
