/** Names and reasons of revisions, which views are completed with: read from the document without loading it, and kept, because revisions never change. */
import { LRUCache } from 'lru-cache';
import type { PlanTexts } from '../domain/views/texts.ts';
import type { StoreReader } from './contract.ts';
import type { Session } from './session.ts';

/** Some megabytes. */
const mostKept = 20_000;

export function texts(session: Session): Pick<StoreReader, 'texts'> {
  const kept = new LRUCache<string, PlanTexts>({ maxSize: mostKept, sizeCalculation: ({ names }) => 1 + Object.keys(names).length });
  return {
    texts: async (plan, revision) => {
      const key = JSON.stringify([plan, revision]);
      const known = kept.get(key);
      if (known) return known;
      const [found] = await session.rows<PlanTexts>(
        `select (select coalesce(json_object_agg(p ->> 'id', p ->> 'name'), '{}') from json_array_elements(document -> 'packages') p) as names,
           (select coalesce(json_object_agg(w ->> 'id', w #>> '{hold,reason}'), '{}') from json_array_elements(document -> 'waves') w where w -> 'hold' is not null) as holds
         from rolewave.revisions where plan = $1 and number = $2`,
        [plan, revision],
      );
      if (!found) return { names: {}, holds: {} };
      kept.set(key, found);
      return found;
    },
  };
}
