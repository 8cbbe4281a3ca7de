/** One package of one wave in the report: as the board has it, with what was measured in each period. */
import { isReleased, stateOf, type BoardEntry } from '../board/entry.ts';
import { readsPackage } from '../authority/who-reads.ts';
import type { AuditEvent } from '../records.ts';
import type { ReleaseKey } from '../release/releases.ts';
import { isEndState } from '../states.ts';
import type { Evaluation, Verdict, VerdictKind } from '../watch/measurement.ts';

/** What a period has of one release. */
export interface Taken extends ReleaseKey {
  /** Its place among the periods of the range. */
  period: number;
  count: number;
  byVerdict: Partial<Record<VerdictKind, number>>;
  /** The last evaluation that was due in it. */
  last: Pick<Evaluation, 'dueMs' | 'measurements' | 'drift'> & { metrics: Verdict['metrics'] };
}

export interface LeadershipEntry {
  board: BoardEntry;
  /** In order of the periods; a period without an evaluation has none. */
  taken: readonly Taken[];
  /** When it was rolled back, or retired. */
  endedMs?: number;
}

/** Whether an event says so. A package whose release was refused has ended, too, and is not among these. */
export const isEnd = ({ kind, text }: Pick<AuditEvent, 'kind' | 'text'>): boolean => kind === 'ended' && /^(?:Rolled back|Retired):/.test(text);

/** Fewer people than this are nobody's statistics. */
export const leastPeople = 5;

export const peopleOf = ({ board }: LeadershipEntry): number => board.facts?.people ?? 0;

/** The reader acts for it, and may see its people one by one. */
export const isFull = ({ board: { reading, wave, planned } }: LeadershipEntry): boolean => readsPackage(reading, wave.wave, planned.package);

export const isOwn = ({ board: { plan, planned, reader } }: LeadershipEntry): boolean => plan.teams.get(reader.id) === planned.team;

/** Shown by name: what they act for, what the site lets them read, and what belongs to their team. */
export const isNamed = (entry: LeadershipEntry): boolean => isFull(entry) || entry.board.reading.parts.has('viewer') || isOwn(entry);

/** Whether a number about its people may be part of a sum: of each package by itself, so that no two sums differ by less. */
export const mayCount = (entry: LeadershipEntry): boolean => isFull(entry) || peopleOf(entry) >= leastPeople;

export const hasEnded = ({ board }: LeadershipEntry): boolean => isEndState(stateOf(board));

/** Not released, and its wave no longer releases anything. */
export const isOver = ({ board }: LeadershipEntry): boolean => !isReleased(board) && (board.wave.stage === 'closed' || board.wave.stage === 'aborted');

export const isLive = (entry: LeadershipEntry): boolean => isReleased(entry.board) && !hasEnded(entry);
