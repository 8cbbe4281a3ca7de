/**
 * A page of docs/ that describes every key of a file's schema: it names each key of each map where it describes that map, with * where the key is required,
 * and its tables have no other keys. A map is described under its own heading (`### \`watch\`` below `## \`packages[]\``), or in the paragraphs and rows of
 * the enclosing map that name it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

interface Key {
  name: string;
  required: boolean;
}
interface FileMap {
  /** As the page writes it: 'packages[].watch'; '' is the file. */
  path: string;
  keys: Key[];
}

/** Every map of the schema that has keys of its own, in the schema's order; where there are variants, with the keys of each. */
function mapsOf(schema: z.ZodType, path = ''): FileMap[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return mapsOf(schema.def.innerType as z.ZodType, path);
  if (schema instanceof z.ZodArray) return mapsOf(schema.element as z.ZodType, `${path}[]`);
  if (schema instanceof z.ZodRecord) return mapsOf(schema.valueType as z.ZodType, `${path}.*`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => mapsOf(option as z.ZodType, path));
  if (!(schema instanceof z.ZodObject)) return [];
  const fields = Object.entries(schema.shape);
  const keys = fields.map(([name, field]) => ({ name, required: !field.safeParse(undefined).success }));
  return [{ path, keys }, ...fields.flatMap(([name, field]) => mapsOf(field, path === '' ? name : `${path}.${name}`))];
}

/** Required where one variant requires it. */
function merged(maps: FileMap[]): FileMap[] {
  return [...Map.groupBy(maps, ({ path }) => path)].map(([path, variants]) => ({
    path,
    keys: [
      ...Map.groupBy(
        variants.flatMap(({ keys }) => keys),
        ({ name }) => name,
      ),
    ].map(([name, same]) => ({ name, required: same.some(({ required }) => required) })),
  }));
}

/** What one heading has below it: paragraphs and rows of tables. */
interface Section {
  path: string;
  blocks: string[];
  /** First cells of the rows of the table whose first column is `key`, if there is one. */
  keyCells: string[];
}

function sectionsOf(page: string): Section[] {
  let above = '';
  return page
    .replaceAll(/^```.*?^```$/gms, '')
    .split(/^(?=##+ )/m)
    .flatMap((text) => {
      const [, level, title = ''] = /^(##+) (.*)$/m.exec(text) ?? [];
      const named = title === 'The file' ? '' : /^`(.+)`$/.exec(title)?.[1];
      if (level === '##') above = named ?? '';
      if (named === undefined) return [];
      const path = level === '##' || above === '' ? named : `${above}.${named}`;
      const paragraphs = text
        .replace(/^##+ .*\n/, '')
        .trim()
        .split(/\n\n+/);
      const keyTable = paragraphs.find((paragraph) => paragraph.startsWith('| key |'))?.split('\n') ?? [];
      return [
        {
          path,
          blocks: paragraphs.flatMap((each) => (each.startsWith('|') ? each.split('\n') : [each])),
          keyCells: keyTable.slice(2).map((row) => row.split('|')[1]!),
        },
      ];
    });
}

/** Defines the tests of one page. `tables`: maps that it must describe in tables. */
export function testReferencePage(file: string, schema: z.ZodType, tables: string[]): void {
  const sections = sectionsOf(readFileSync(join(import.meta.dirname, '../../docs', file), 'utf8'));
  const maps = merged(mapsOf(schema));

  /** The texts that describe a map; empty where the page has none. */
  function placesOf(path: string): string[] {
    const own = sections.find((section) => section.path === path);
    if (own) return own.keyCells.length > 0 ? own.keyCells : own.blocks;
    const around = sections
      .filter((section) => section.path === '' || path.startsWith(`${section.path}.`))
      .toSorted((a, b) => b.path.length - a.path.length)[0];
    const name = path.split('.').at(-1)!.replace('[]', '');
    return around?.blocks.filter((block) => new RegExp(`\`([\\w.[\\]]+\\.)?${name}(\\[\\])?\``).test(block)) ?? [];
  }

  /** 'required', 'optional', or how the page differs from that. */
  function said(places: string[], key: string): string {
    const mentions = places.flatMap((place) => [...place.matchAll(new RegExp(`\`${key}\`( \\*)?`, 'g'))]);
    if (mentions.length === 0) return 'not named';
    return mentions.some(([, star]) => star) ? 'required' : 'optional';
  }

  test.each(maps.flatMap(({ path, keys }) => keys.map((key) => [path || 'the file', key.name, path, key] as const)))(
    'of %s the page names %s',
    (_, name, path, key) => {
      expect(said(placesOf(path), name)).toBe(key.required ? 'required' : 'optional');
    },
  );

  test('every table of keys on the page names only keys of its map', () => {
    const found = sections.filter(({ keyCells }) => keyCells.length > 0);
    expect(found.map(({ path }) => path)).toEqual(expect.arrayContaining(tables));
    for (const { path, keyCells } of found) {
      const known = maps.filter((map) => map.path === path).flatMap(({ keys }) => keys.map(({ name }) => name));
      expect(keyCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).filter((name) => !known.includes(name!))).toEqual([]);
    }
  });

  test('every heading that names a map names one of the schema', () => {
    expect(sections.map(({ path }) => path).filter((path) => !maps.some((map) => map.path === path))).toEqual([]);
  });
}
