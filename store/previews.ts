/** Previews in full and the contents of roles, each under its digest. A preview may have a hundred thousand rows: it is written and read in slices. */
import { setImmediate as pause } from 'node:timers/promises';
import type { StoredContent } from '../domain/access/role-content.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { digesting, stringifying } from '../domain/sliced-content.ts';
import { inASlice, withPauses } from '../domain/slices.ts';
import type { Store } from './contract.ts';
import { databaseNow, storable, type Session } from './session.ts';

/** In bytes. One piece of it takes a hundredth of a second here. */
const mostAtOnce = 500_000;

/**
 * A large preview, slice by slice of its lists: PostgreSQL takes its one text apart, so that neither this process nor any older row has to. Each row is read by
 * itself as it comes. $1 digest, $2 items of a slice.
 */
const slices = `with parts as (select key, value from rolewave.previews p, json_each(p.content) where p.digest = $1)
  select key, case when json_typeof(value) = 'array' then '[]'::json else value end as value, false as is_slice, 0::bigint as n from parts
  union all
  select key, json_agg(item order by position) as value, true as is_slice, (position - 1) / $2::int as n
    from parts, json_array_elements(case when json_typeof(value) = 'array' then value else '[]'::json end) with ordinality as t(item, position)
    group by key, (position - 1) / $2::int
  order by is_slice, key, n`;

export function previews(session: Session): Pick<Store, 'preview' | 'savePreview' | 'roleContents' | 'saveRoleContents'> {
  return {
    preview: async (digest) => {
      const [found] = await session.rows<{ content: PreviewContent | null }>(
        `select case when octet_length(content::text) <= $2::int then content end as content from rolewave.previews where digest = $1`,
        [digest, mostAtOnce],
      );
      return found && (found.content ?? putTogether(await session.rows<Part>(slices, [digest, inASlice])));
    },
    savePreview: async (content) => {
      const digest = await withPauses(digesting(content), pause);
      const text = await withPauses(stringifying(content), pause);
      await session.rows(
        `insert into rolewave.previews (digest, plan, package, system, content, taken_at) values ($1, $2, $3, $4, $5::json, ${databaseNow}) on conflict (digest) do nothing`,
        [digest, content.plan, content.package, content.system, text],
      );
      return digest;
    },
    roleContents: (digests) =>
      digests.length === 0
        ? Promise.resolve([])
        : session.rows<StoredContent>('select digest, privileges from rolewave.role_contents where digest = any($1::text[])', [[...new Set(digests)]]),
    saveRoleContents: async (contents) => {
      for (const { digest, privileges } of contents) {
        await session.rows('insert into rolewave.role_contents (digest, privileges) values ($1, $2::json) on conflict (digest) do nothing', [
          digest,
          JSON.stringify(privileges.map(storable)),
        ]);
      }
    },
  };
}

interface Part {
  key: string;
  value: unknown;
  is_slice: boolean;
}

function putTogether(parts: Part[]): PreviewContent {
  const content: Record<string, unknown> = {};
  for (const { key, value, is_slice: isSlice } of parts) {
    const list = content[key];
    if (!isSlice) content[key] = value;
    else if (Array.isArray(list)) for (const item of value as unknown[]) list.push(item);
  }
  // What relies on it compares its digest (activities/release.ts).
  return content as unknown as PreviewContent;
}
