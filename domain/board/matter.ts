/** Something that deserves attention, before it is ranked. */
import type { BoardFocus } from '../views/board.ts';

export interface Matter {
  kind: BoardFocus['kind'];
  title: string;
  why: string;
  /** Until it is too late, plan time; undefined: it has no date. */
  leftMs?: number | undefined;
  /** About the wave as a whole, not this package. */
  ofWave?: true;
}
