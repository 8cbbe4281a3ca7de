/** Lists in order of time: first all rows of one's own plans, then those of plans that only name their reader (lists/own-first.ts). */
import { z } from 'zod';
import type { Reading } from '../../domain/authority/who-reads.ts';

/** What a cursor holds. */
export const place = z.tuple([z.enum(['own', 'named']), z.int()]);
export type Place = z.output<typeof place>;

type Readings = ReadonlyMap<string, Reading>;

export interface Page<Row> {
  rows: Row[];
  /** Where the part goes on that was not read to its end although it did not fill the page. */
  readUntil?: number | undefined;
}

/** `page`: rows of these plans after the position, at most `limit`. Answers those after `after`, at most `limit`. */
export async function ownPartFirst<Row extends { position: number }>(
  readings: Readings,
  { after, limit }: { after: Place | undefined; limit: number },
  page: (readings: Readings, after: number | undefined, limit: number) => Promise<Page<Row>>,
): Promise<{ rows: (Row & { place: Place })[]; readUntil?: Place }> {
  const found: (Row & { place: Place })[] = [];
  for (const part of ['own', 'named'] as const) {
    if (part === 'own' && after?.[0] === 'named') continue;
    const plans = new Map([...readings].filter(([, { own }]) => own === (part === 'own')));
    if (plans.size === 0 || found.length >= limit) continue;
    const { rows, readUntil } = await page(plans, after?.[0] === part ? after[1] : undefined, limit - found.length);
    found.push(...rows.map((row) => ({ ...row, place: [part, row.position] as Place })));
    if (readUntil !== undefined) return { rows: found, readUntil: [part, readUntil] };
  }
  return { rows: found };
}
