/**
 * Who takes how much of a panel or a page. Anyone may be named in a plan by people whom they do not know, so their own plans come first: those that the site gives
 * them, and those in which they have acted. Plans that only name them have a quarter while their own have enough for the rest. Of each part, every right of
 * the site has the same share, and what one does not need the others have.
 */
export interface ShareOf {
  own: boolean;
  /** The right of the site. */
  right: string;
}

/** At most `most` rows, those of own plans first; within each part the order stays as it is. */
export function fairShares<Row>(rows: readonly Row[], most: number, of: (row: Row) => ShareOf): Row[] {
  const own = rows.filter((row) => of(row).own);
  const others = rows.filter((row) => !of(row).own);
  const forOthers = Math.min(others.length, Math.max(Math.floor(most / 4), most - own.length));
  return [...inTurn(own, most - forOthers, of), ...inTurn(others, forOthers, of)];
}

/** One row of each right after the other, until there are enough. */
function inTurn<Row>(rows: readonly Row[], most: number, of: (row: Row) => ShareOf): Row[] {
  if (rows.length <= most) return [...rows];
  const waiting = [...Map.groupBy(rows, (row) => of(row).right).values()];
  const taken = new Set<Row>();
  for (let round = 0; taken.size < most; round += 1)
    for (const each of waiting) {
      const row = each[round];
      if (row !== undefined && taken.size < most) taken.add(row);
    }
  return rows.filter((row) => taken.has(row));
}
