/**
 * A plan's text → a plan, or every mistake in it at once. Text becomes data (yaml-source.ts), data is compared with the schema, and the rules look
 * across the whole. Where the schema refuses a part, the rules still apply to the rest.
 */
import type { Site } from '../site/schema.ts';
import type { PlanClock } from '../time/plan-clock.ts';
import { toPlan } from '../time/plan-clock.ts';
import { planLimitsOf, usualLimits, type PlanLimits } from '../limits.ts';
import { id } from './fields.ts';
import { heldAgainst } from './held-against.ts';
import type { Mistake } from './mistakes.ts';
import { findingsOf } from './mistakes.ts';
import { pathText } from './places.ts';
import type { DraftPlan, Finding } from './places.ts';
import { ruleFindings, siteFindings } from './rules.ts';
import type { Plan } from './schema.ts';
import { planSchema } from './schema.ts';
import { draftOf } from './schema-shape.ts';
import { limits, position, positionOf, readSource, tooLarge, unreadable, writtenAt, type Source, type Unreadable } from './yaml-source.ts';
import { tooManyBytes, tooManyGrants, tooManyRows, tooManySignedLines } from './rows.ts';
import { tooLargeWaves } from './size.ts';
import { systemsById } from './described-systems.ts';
import { numberText } from '../number-text.ts';

export interface LoadOptions {
  /** Real time, milliseconds. */
  nowMs: number;
  /** Waves that have begun: their dates may lie in the past. */
  startedWaves?: ReadonlySet<string>;
  /** The clock of a plan that was applied before; its plan time continues from there. Without one, plan time starts at the plan's `epoch`. */
  clock?: PlanClock;
  /** How many entries the lists of a plan may have; the usual limits where it says nothing. */
  limits?: PlanLimits;
  /** The site that is to let the plan do what it says; without one, only the plan itself is checked. */
  site?: Site | undefined;
}

/** `refusedBySite`: nothing is wrong with the plan itself. */
export type Loaded = { ok: true; plan: Plan } | { ok: false; mistakes: Mistake[]; refusedBySite: boolean };

/** Beyond this many, more mistakes do not help anyone. */
export const mistakesShown = 500;

/** With more mistakes in its shape than this, a file is not worth the time that the rules take. */
const issuesBeforeRulesAreLeft = mistakesShown;

/** A plan's text, read but not checked; or why it cannot be read. */
export type PlanText = Source | Unreadable;

/** `file` is only the name that mistakes carry. Never throws, whatever the file holds. */
export const loadPlan = (text: string, file: string, options: LoadOptions): Loaded => checkPlan(readPlanText(text), file, options);

export const readPlanText = (text: string): PlanText => readSource(text.startsWith('\ufeff') ? text.slice(1) : text);

/** The id that the text gives its plan, whatever else is mistaken in it; undefined where it is no id. */
export function planNamedIn(text: PlanText): string | undefined {
  const named = 'unreadable' in text ? undefined : (text.value as { plan?: unknown } | null)?.plan;
  return id.safeParse(named).data;
}

/** What was read may be checked more than once. */
export function checkPlan(source: PlanText, file: string, options: LoadOptions): Loaded {
  if ('unreadable' in source)
    return {
      ok: false,
      refusedBySite: false,
      mistakes: source.unreadable.map(({ offset, message }) => ({ file, ...position(source.lines, offset), path: '', message })),
    };
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    return {
      ok: false,
      refusedBySite: false,
      mistakes: [
        {
          file,
          ...positionOf(source, { path: [] }),
          path: '',
          message: 'a plan is a group of keys (plan, systems, people, packages, waves, …), and this file is not',
        },
      ],
    };
  }
  const most = options.limits ?? planLimitsOf(usualLimits);
  const lists = listsOverLimits(source.value as Record<string, unknown>, most);
  const rows = lists.length > 0 ? lists : tooManyRows(source.value as Record<string, unknown>, most.rows);
  const tooMany = rows.length > 0 ? rows : tooManyBytes(source.value as Record<string, unknown>);
  if (tooMany.length > 0) return { ok: false, refusedBySite: false, mistakes: placedMistakes(source, file, tooMany) };
  const { value, findings: described } = systemsById(source.value as Record<string, unknown>);
  const read = heldAgainstSchema(value);
  const draft: DraftPlan = read.success ? read.data : read.error.issues.length > issuesBeforeRulesAreLeft ? {} : draftOf(value);
  const inShape = [...source.findings, ...described, ...(read.success ? [] : findingsOf(read.error.issues, value, (path) => writtenAt(source.place, path)))];
  const mistaken = partsAbove(inShape);
  const across = ruleFindings(draft, { planNowMs: planNow(draft, options), startedWaves: options.startedWaves ?? new Set() }, mistakesShown);
  const found = [...inShape, ...across.filter(({ absent }) => !absent || !mistaken.has(pathText(absent)))];
  // Only a plan without other mistakes can be measured.
  const own = read.success && found.length === 0 ? tooMuchToSign(read.data, most) : found;
  const ofSite = options.site ? siteFindings(draft, options.site, mistakesShown) : [];
  if (read.success && own.length + ofSite.length === 0) return { ok: true, plan: read.data };
  return { ok: false, refusedBySite: own.length === 0, mistakes: placedMistakes(source, file, [...own, ...ofSite]) };
}

function tooMuchToSign(plan: Plan, limits: PlanLimits): Finding[] {
  const grants = tooManyGrants(plan, limits.grants);
  const lines = grants.length > 0 ? grants : tooManySignedLines(plan, limits.rows);
  return lines.length > 0 ? lines : tooLargeWaves(plan);
}

/** What the site has against a plan that is valid in itself. */
export const siteMistakes = (source: PlanText, file: string, plan: Plan, site: Site): Mistake[] =>
  'unreadable' in source ? [] : placedMistakes(source, file, siteFindings(plan, site, mistakesShown));

/** Findings, in the order of the file, as people read them. */
export function placedMistakes(source: Source, file: string, findings: Finding[]): Mistake[] {
  const placed = findings.map((finding) => ({ finding, ...positionOf(source, finding) })).sort((a, b) => a.line - b.line || a.column - b.column);
  const mistakes = placed
    .slice(0, mistakesShown)
    .map(({ finding, line, column }): Mistake => ({ file, line, column, path: pathText(finding.path), message: finding.say() }));
  const rest = placed[mistakesShown];
  if (rest)
    mistakes.push({
      file,
      line: rest.line,
      column: rest.column,
      path: '',
      message: `and at least ${numberText(placed.length - mistakesShown)} more mistakes from here on`,
    });
  return mistakes;
}

const listsWithLimits: Exclude<keyof PlanLimits, 'rows' | 'grants'>[] = ['people', 'systems', 'packages', 'waves'];

/** Nothing else of such a plan is checked: checking takes time in proportion to its lists. */
const listsOverLimits = (value: Record<string, unknown>, limits: PlanLimits): Finding[] =>
  listsWithLimits.flatMap((list): Finding[] => {
    const entries = value[list];
    if (!Array.isArray(entries) || entries.length <= limits[list]) return [];
    const [count, limit] = [numberText(entries.length), numberText(limits[list])];
    return [{ path: [list], say: () => `the plan has ${count} ${list}, and this site allows ${limit} in one plan: divide it into several plans` }];
  });

/** A file with hundreds of mistakes at its beginning is not read to its end: it is not a plan, and the answer must come quickly. */
function heldAgainstSchema(value: Record<string, unknown>) {
  const isLong = (part: unknown) => Array.isArray(part) && part.length > 2_000;
  if (Object.values(value).some(isLong)) {
    const beginning = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, isLong(part) ? (part as unknown[]).slice(0, 1_000) : part]));
    const read = heldAgainst(planSchema, beginning);
    if (!read.success && read.error.issues.length >= mistakesShown) return read;
  }
  return heldAgainst(planSchema, value);
}

/** Every part that has a mistake. */
function partsAbove(findings: Finding[]): Set<string> {
  return new Set(findings.slice(0, issuesBeforeRulesAreLeft).flatMap(({ path }) => path.map((_, index) => pathText(path.slice(0, index + 1)))));
}

/** As loadPlan, from a file's bytes. */
export const loadPlanBytes = (bytes: Uint8Array, file: string, options: LoadOptions): Loaded => checkPlan(readPlanBytes(bytes), file, options);

/** As readPlanText, from a file's bytes. */
export function readPlanBytes(bytes: Uint8Array): PlanText {
  if (bytes.byteLength > limits.bytes) return unreadable(tooLarge);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return unreadable('the file is in UTF-16; save it as UTF-8');
  // What is not UTF-8 becomes U+FFFD, which readSource refuses and places.
  return readPlanText(new TextDecoder('utf-8').decode(bytes));
}

function planNow(plan: DraftPlan, { nowMs, clock }: LoadOptions): number {
  if (clock) return toPlan(nowMs, clock);
  // With a mistaken epoch, nobody can tell which dates are past.
  return plan.clock ? (plan.clock.epoch ?? -Infinity) : nowMs;
}
