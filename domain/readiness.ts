/** What must be true before a package is released, line by line. Pure: the wave's state holds the evidence, this says what it amounts to. */
import type { PackageSection } from './plan/section.ts';
import type { ReadinessItem } from './plan/schema.ts';
import { durationText } from './time/duration.ts';
import type { ChecklistLine } from './views/wave.ts';

/** Accepted evidence for one item; times are plan time. */
export interface Evidence {
  by: string;
  atMs: number;
  reference: string;
  waived: boolean;
  expiresMs?: number;
  tookMs?: number;
}

/** `metrics`: undefined until every metric was read once. */
export interface ReadinessFacts {
  evidence: Partial<Record<ReadinessItem, Evidence>>;
  metrics?: { metric: string; ok: boolean; why?: string }[] | undefined;
}

/** Expiry is judged at `atMs` (plan time): now for a person who looks, go-live for the release. */
export function checklist(section: PackageSection, facts: ReadinessFacts, atMs: number): ChecklistLine[] {
  const { package: rolePackage } = section;
  // What is only observed changes nothing: all it needs is that it can be measured.
  if (section.change === 'observe') return [{ item: 'owner', ok: true, why: `${rolePackage.owner} (${section.team})` }, metricsLine(facts)];
  const lines: ChecklistLine[] = [
    { item: 'owner', ok: true, why: `${rolePackage.owner} (${section.team})` },
    { item: 'rollbackPath', ok: true, why: `${rolePackage.rollbackPath.length} steps in the plan` },
    { item: 'postLaunchChecks', ok: true, why: `${rolePackage.postLaunchChecks.length} in the plan` },
    evidenceLine('handoff', facts, atMs),
    evidenceLine('notices', facts, atMs),
  ];
  if (rolePackage.requires.backup) lines.push(evidenceLine('backup', facts, atMs));
  if (rolePackage.requires.training) lines.push(evidenceLine('training', facts, atMs));
  if (rolePackage.requires.drill) lines.push(drillLine(rolePackage.requires.drill, facts, atMs));
  if (rolePackage.risk !== 'low') lines.push(evidenceLine('riskAcceptance', facts, atMs));
  lines.push(metricsLine(facts));
  return lines;
}

export const ready = (lines: ChecklistLine[]): boolean => lines.every(({ ok }) => ok);

function evidenceLine(item: ReadinessItem, { evidence }: ReadinessFacts, atMs: number): ChecklistLine {
  const found = evidence[item];
  if (!found) return { item, ok: false, why: 'no evidence yet' };
  const line = { item, by: found.by, ...(found.expiresMs === undefined ? {} : { expiresMs: found.expiresMs }) };
  if (found.expiresMs !== undefined && found.expiresMs <= atMs) return { ...line, ok: false, why: `expired on ${day(found.expiresMs)}` };
  return { ...line, ok: true, why: found.waived ? `waived: ${found.reference}` : found.reference };
}

function drillLine(required: { validFor: number; timebox: number; signedBy: string }, facts: ReadinessFacts, atMs: number): ChecklistLine {
  const line = evidenceLine('drill', facts, atMs);
  const found = facts.evidence.drill;
  if (!found || !line.ok)
    return line.why === 'no evidence yet' ? { ...line, why: `to be run within ${durationText(required.timebox)} and signed by ${required.signedBy}` } : line;
  if (!found.waived && (found.tookMs ?? Number.POSITIVE_INFINITY) > required.timebox)
    return {
      ...line,
      ok: false,
      why: `took ${found.tookMs === undefined ? 'an unknown time' : durationText(found.tookMs)}, longer than its ${durationText(required.timebox)}`,
    };
  return line;
}

/** When evidence for an item runs out; a drill by the plan's `validFor` where the message names no date. */
export function evidenceExpiry(section: PackageSection, item: ReadinessItem, given: number | undefined, atMs: number): number | undefined {
  const drill = item === 'drill' ? section.package.requires.drill : undefined;
  if (!drill) return given;
  return Math.min(given ?? Number.POSITIVE_INFINITY, atMs + drill.validFor);
}

function metricsLine({ metrics }: ReadinessFacts): ChecklistLine {
  if (!metrics) return { item: 'metrics', ok: false, why: 'not read yet' };
  const broken = metrics.filter(({ ok }) => !ok);
  if (broken.length > 0) return { item: 'metrics', ok: false, why: broken.map(({ metric, why }) => `${metric}: ${why ?? 'could not be read'}`).join('; ') };
  return { item: 'metrics', ok: true, why: `${metrics.length} read` };
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
