/** Outcomes of a call: one per item, in the order of the items. */

export const failed = (why: string): { outcome: 'failed'; why: string } => ({ outcome: 'failed', why });

/** `outcomes`: by the index of the item. */
export const inOrder = <Outcome>(items: unknown[], outcomes: Map<number, Outcome>): (Outcome | { outcome: 'failed'; why: string })[] =>
  items.map((_, at) => outcomes.get(at) ?? failed('Rolewave lost track of this one: please report it'));
