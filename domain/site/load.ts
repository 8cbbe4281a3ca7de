/** A site file's text → the site, or every mistake in it at once, each with its line. */
import { heldAgainst } from '../plan/held-against.ts';
import { placedMistakes, readPlanBytes } from '../plan/load.ts';
import { findingsOf, type FileForm, type Mistake } from '../plan/mistakes.ts';
import { usageForm } from '../plan/query.ts';
import { mistakeIn } from '../plan/rules/queries.ts';
import { quote, type Finding } from '../plan/places.ts';
import { position, writtenAt } from '../plan/yaml-source.ts';
import { systemOf } from './rights.ts';
import { siteSchema, type Site } from './schema.ts';

const siteForm: FileForm = {
  schema: siteSchema,
  whole: 'the site file',
  missing: new Map([
    ['site', 'the site has no name: start with a line such as site: acme'],
    ['administrators', 'the site names no administrators: write administrators: { people: [their.id] }'],
    ['systems.connection', 'has no connection: write connection: { env: ERP_DATABASE_URL } with the name of the variable that holds the connection string'],
    ['plans', 'the site lets nobody have a plan: list under plans which plans may exist, and who may apply them'],
  ]),
  nouns: new Map([
    ['systems', 'system'],
    ['plans', 'plan'],
  ]),
};

export type LoadedSite = { ok: true; site: Site } | { ok: false; mistakes: Mistake[] };

/** `file` is only the name that mistakes carry. Never throws, whatever the file holds. */
export function loadSite(bytes: Uint8Array, file: string): LoadedSite {
  const source = readPlanBytes(bytes);
  if ('unreadable' in source)
    return { ok: false, mistakes: source.unreadable.map(({ offset, message }) => ({ file, ...position(source.lines, offset), path: '', message })) };
  const read = heldAgainst(siteSchema, source.value);
  const inShape = [...source.findings, ...(read.success ? [] : findingsOf(read.error.issues, source.value, (path) => writtenAt(source.place, path), siteForm))];
  const findings = read.success ? [...inShape, ...ruleFindings(read.data)] : inShape;
  return read.success && findings.length === 0 ? { ok: true, site: read.data } : { ok: false, mistakes: placedMistakes(source, file, findings) };
}

function* ruleFindings(site: Site): Generator<Finding> {
  yield* repeated(
    site.systems.map(({ id }) => id),
    'systems',
    'id',
  );
  yield* repeated(
    site.plans.map(({ plan }) => plan),
    'plans',
    'plan',
  );
  for (const [index, system] of site.systems.entries())
    if ('usage' in system && system.usage !== undefined)
      yield* mistakeIn(system.usage, usageForm, ['systems', index, 'usage'], `the usage statement of ${quote(system.id)}`);
  const known = new Set(site.systems.map(({ id }) => id));
  for (const [index, { id, kind, sameAs }] of site.systems.entries()) {
    if (sameAs === undefined) continue;
    const path = ['systems', index, 'sameAs'];
    const other = systemOf(site, sameAs);
    if (sameAs === id) yield { path, say: () => `${quote(id)} is always the same as itself: name another system, or leave it out` };
    else if (!other) yield { path, say: () => `unknown system ${quote(sameAs)}: list it under systems` };
    else if (other.kind !== kind) yield { path, say: () => `${quote(sameAs)} is of kind ${other.kind}, and so another server than ${quote(id)}` };
  }
  for (const [plan, right] of site.plans.entries())
    for (const [index, { system }] of right.systems.entries())
      if (!known.has(system)) yield { path: ['plans', plan, 'systems', index, 'system'], say: () => `unknown system ${quote(system)}: list it under systems` };
}

function* repeated(ids: string[], list: string, key: string): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (seen.has(id)) yield { path: [list, index, key], say: () => `${quote(id)} is listed twice` };
    seen.add(id);
  }
}
