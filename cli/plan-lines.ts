/** Where in a plan's file something is that a live system does not have. */
import { readSource, type Place } from '../domain/plan/yaml-source.ts';

/** `plan.yaml:84` for what a conflict of a package in a system is about; undefined where the file does not name it. */
export type LineOf = (about: { package: string; system: string; conflict: string }) => string | undefined;

interface Named {
  offset: number;
  /** Of an entitlement. */
  system?: unknown;
  name: unknown;
}

export function linesIn(text: string, file: string): LineOf {
  const source = readSource(text);
  if (!('place' in source)) return () => undefined;
  const packages = listIn(source, 'packages').map((each) => ({
    id: valueIn(each, 'id'),
    named: [
      ...['entitlements', 'legacy'].flatMap((list): Named[] =>
        listIn(each, list).map((entry) => ({ offset: entry.place.offset, system: valueIn(entry, 'system'), name: valueIn(entry, 'role') })),
      ),
      ...listIn(each, 'cohort').map((entry): Named => ({ offset: entry.place.offset, name: entry.value })),
    ],
  }));
  return ({ package: id, system, conflict }) => {
    const about = conflict.replaceAll(` in '${system}'`, '');
    const found = packages
      .find((each) => each.id === id)
      ?.named.find((each) => (each.system === undefined || each.system === system) && typeof each.name === 'string' && about.includes(`'${each.name}'`));
    return found && `${file}:${source.lines.linePos(found.offset).line}`;
  };
}

interface Read {
  value: unknown;
  place: Place;
}

const valueIn = ({ value }: Read, key: string): unknown => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined);

function listIn(read: Read, key: string): Read[] {
  const value = valueIn(read, key);
  const items = read.place.entries?.get(key)?.place.items;
  return Array.isArray(value) && items ? items.map((place, index) => ({ value: value[index] as unknown, place })) : [];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
