/**
 * What a role itself may do, compared with what was reviewed. Contents are compared by digest; which privileges differ is read from the privileges under
 * each digest.
 */
import { sha256Hex } from '../canonical.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { ContentChangeView } from '../views/preview.ts';

/** What a role may do, one line per privilege, sorted; as the store keeps it under its digest. */
export interface StoredContent {
  digest: string;
  privileges: string[];
}

/** One granted role whose content is not the reviewed one. */
export interface ContentChange {
  role: string;
  /** Of the content that it has now. Undefined: the role no longer exists, or is another one. */
  digest?: string;
  /** It was dropped and created again: another role of the same name, which nobody reviewed. */
  recreated?: true;
  /** Undefined: the privileges under one of the two digests are not on record. */
  gained?: string[];
  lost?: string[];
}

type PrivilegesOf = (digest: string) => string[] | undefined;
type Roles = { role: string; exists: boolean; id?: string; digest: string }[];

const privilegesKept = 50_000;

/** Connectors make the digest in this way, or nothing is shown: a changed row in the store is of no use. */
const isWhole = ({ digest, privileges }: StoredContent): boolean => sha256Hex({ exists: true, privileges }) === digest;

/** Granted roles whose content differs from what was reviewed, apart from what the package's `contentIgnores` expect. */
export function contentChanges(
  reviewed: Pick<PreviewContent, 'entitlements' | 'roles' | 'contentIgnores'>,
  now: Roles,
  privilegesOf: PrivilegesOf = () => undefined,
): ContentChange[] {
  const before = new Map(reviewed.roles.map((role) => [role.role, role]));
  const current = new Map(now.map((role) => [role.role, role]));
  return reviewed.entitlements.flatMap(({ role }): ContentChange[] => {
    const [then, today] = [before.get(role), current.get(role)];
    if (then?.exists && !today?.exists) return [{ role }];
    if (then?.exists && then.id !== today?.id) return [{ role, recreated: true }];
    if (then?.digest === today?.digest) return [];
    const privileges = then && today ? compared(then.digest, today.digest, privilegesOf, reviewed.contentIgnores ?? []) : undefined;
    if (privileges === 'same') return [];
    return [{ role, ...(today?.exists ? { digest: today.digest } : {}), ...privileges }];
  });
}

function compared(then: string, now: string, privilegesOf: PrivilegesOf, ignores: string[]): { gained: string[]; lost: string[] } | 'same' | undefined {
  const [before, today] = [privilegesOf(then), privilegesOf(now)];
  if (!before || !today) return undefined;
  const general = generalized(ignores);
  const [known, held] = [new Set(before.map(general)), new Set(today.map(general))];
  const gained = today.filter((line) => !known.has(general(line)));
  const lost = before.filter((line) => !held.has(general(line)));
  if (gained.length + lost.length > 0) return { gained, lost };
  return ignores.length > 0 ? 'same' : undefined;
}

/**
 * A privilege on an object that a pattern names, as a privilege on the pattern: SELECT on another partition is then the same privilege, and DELETE on one
 * is not.
 */
function generalized(ignores: string[]): (line: string) => string {
  const patterns = ignores.map((pattern) => ({ pattern, matches: objectLike(pattern) }));
  return (line) => {
    const found = patterns.find(({ matches }) => matches.test(line));
    return found ? line.replace(found.matches, () => found.pattern) : line;
  };
}

/**
 * The object's name within a line: after a blank, and before a blank, a column's name or the arguments of a function. What stands between two `*` is taken
 * where it comes first and never tried elsewhere (a lookahead is atomic): otherwise a pattern of many `*` would keep the worker busy for hours.
 */
function objectLike(pattern: string): RegExp {
  const [first = '', ...others] = pattern.split(/\*+/).map(literal);
  const last = others.pop();
  const between = others.map((part, index) => `(?=([^ .(]*?${part}))\\${index + 1}(?:)`).join('');
  return new RegExp(`(?<= )${first}${between}${last === undefined ? '' : `[^ .(]*${last}`}(?=[ .(]|$)`);
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

const linesKept = 20;
const longestLine = 300;

/** As it is recorded with an evaluation and shown with a preview. Undefined where the role no longer exists. */
export function contentChangeView(system: string, { role, digest, gained = [], lost = [] }: ContentChange): ContentChangeView | undefined {
  if (digest === undefined) return undefined;
  const kept = (lines: string[]) => lines.slice(0, linesKept).map((line) => (line.length <= longestLine ? line : `${line.slice(0, longestLine - 1)}…`));
  const more = Math.max(0, gained.length - linesKept) + Math.max(0, lost.length - linesKept);
  return { system, role, digest, gained: kept(gained), lost: kept(lost), ...(more > 0 ? { more } : {}) };
}

/** The text of a change that was recorded. */
export function recordedText({ role, digest, gained, lost, more }: ContentChangeView): string {
  const known = gained.length + lost.length > 0;
  return `${contentText({ role, digest, ...(known ? { gained, lost } : {}) })}${more === undefined ? '' : ` (and ${more} more that are not listed)`}`;
}

const linesShown = 5;

/** One change as text for people, such as "'r13' gained SELECT on table part.ev_2". */
export function contentText({ role, digest, recreated, gained, lost }: ContentChange): string {
  if (recreated) return `'${role}' was dropped and created again since it was reviewed`;
  if (digest === undefined) return `'${role}' no longer exists`;
  if (!gained || !lost) return `what '${role}' may do differs from what was reviewed`;
  const parts = [gained.length > 0 ? `gained ${shown(gained)}` : '', lost.length > 0 ? `lost ${shown(lost)}` : ''].filter(Boolean);
  return `'${role}' ${parts.join(', and ')}`;
}

const shown = (lines: string[]): string =>
  lines.length <= linesShown ? lines.join(', ') : `${lines.slice(0, linesShown).join(', ')} and ${lines.length - linesShown} more`;

const bytesKept = 8 * 1024 * 1024;

/** Of these contents, those that are kept in full: that are small enough, and match their digest, because no others are used. The rest is compared by digest alone. */
export const keptInFull = <C extends StoredContent>(contents: C[]): C[] =>
  contents.filter(
    (content) => content.privileges.length <= privilegesKept && content.privileges.reduce((sum, line) => sum + line.length, 0) <= bytesKept && isWhole(content),
  );

/** The privileges under each digest. A row that does not match its digest is not used. */
export function privilegesIn(contents: StoredContent[]): (digest: string) => string[] | undefined {
  const known = new Map(contents.filter(isWhole).map(({ digest, privileges }) => [digest, privileges]));
  return (digest) => known.get(digest);
}
