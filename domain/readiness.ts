/** What must be true before a package is released, line by line. Pure: the wave's state contains the evidence, and this evaluates it. */
import { keptText } from './kept-text.ts';
import type { Message, MessageOf } from './messages.ts';
import type { PackageSection } from './plan/section.ts';
import type { ReadinessItem } from './plan/schema.ts';
import { durationInWords } from './time/duration.ts';
import type { ChecklistLine } from './views/checklist.ts';

/** Accepted evidence for one item. Times are plan time. */
export interface Evidence {
  by: string;
  atMs: number;
  reference: string;
  waived: boolean;
  expiresMs?: number;
  tookMs?: number;
}

/** What a person supplies, and when it was signed (plan time): from the body of the message, with its expiry. */
export function evidenceOf(section: PackageSection, { by, body }: Pick<MessageOf<'evidence'>, 'by' | 'body'>, atMs: number): Evidence {
  const { item, reference, waived, expiresMs: given, tookMs } = body;
  const expiresMs = evidenceExpiry(section, item, given, atMs);
  return {
    by,
    atMs,
    reference: keptText(reference),
    waived,
    ...(expiresMs === undefined ? {} : { expiresMs }),
    ...(tookMs === undefined ? {} : { tookMs }),
  };
}

/** Why it cannot be accepted at this instant. Undefined: it can. */
export function evidenceRefusal(
  item: ReadinessItem,
  { expiresMs }: Evidence,
  nowMs: number,
): { code: 'expired' | 'missing-field'; message: string } | undefined {
  if (expiresMs !== undefined && expiresMs <= nowMs)
    return { code: 'expired', message: `this evidence for '${item}' has already expired. Record evidence that is valid at go-live` };
  if (item === 'riskAcceptance' && expiresMs === undefined) return { code: 'missing-field', message: 'a risk acceptance needs an expiry date' };
  return undefined;
}

/** The evidence in these signed messages, in the order of their acceptance: the latest for each item counts. `planTime`: of an instant in real time. */
export function evidenceFrom(section: PackageSection, messages: Message[], planTime: (realMs: number) => number): ReadinessFacts['evidence'] {
  const found: ReadinessFacts['evidence'] = {};
  for (const message of messages) {
    if (message.type !== 'evidence' || message.package !== section.package.id) continue;
    const atMs = planTime(message.atMs);
    const evidence = evidenceOf(section, message, atMs);
    if (!evidenceRefusal(message.body.item, evidence, atMs)) found[message.body.item] = evidence;
  }
  return found;
}

/** Whether a metric could be read before the release. */
export interface Readable {
  metric: string;
  ok: boolean;
  why?: string;
}

/** `metrics`: undefined until every metric was read once. */
export interface ReadinessFacts {
  evidence: Partial<Record<ReadinessItem, Evidence>>;
  metrics?: Readable[] | undefined;
}

/** Expiry is evaluated at `atMs` (plan time): now when people look, go-live for the release. */
export function checklist(section: PackageSection, facts: ReadinessFacts, atMs: number): ChecklistLine[] {
  const { package: rolePackage } = section;
  const owner = inPlan('owner', `${rolePackage.owner}, ${section.team}`);
  // An observed package changes nothing, so it only needs to be measurable.
  if (section.change === 'observe') return [owner, metricsLine(facts)];
  const lines: ChecklistLine[] = [
    owner,
    inPlan('rollbackPath', 'in the plan'),
    inPlan('postLaunchChecks', 'in the plan'),
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

/** The items as text, for use within a sentence. */
export const itemNames: Record<ReadinessItem, string> = {
  owner: 'owner',
  handoff: 'handoff',
  rollbackPath: 'rollback path',
  drill: 'rollback drill',
  backup: 'backup',
  notices: 'notice to its people',
  training: 'training',
  postLaunchChecks: 'post-launch checks',
  riskAcceptance: 'risk acceptance',
  metrics: 'metrics',
};

const inPlan = (item: ReadinessItem, why: string): ChecklistLine => ({ item, ok: true, code: 'inPlan', why });

function evidenceLine(item: ReadinessItem, { evidence }: ReadinessFacts, atMs: number): ChecklistLine {
  const found = evidence[item];
  if (!found) return { item, ok: false, code: 'missing', why: 'no evidence yet' };
  const { by, reference, waived, expiresMs } = found;
  const line = { item, by, ...(expiresMs === undefined ? {} : { expiresMs }) };
  if (expiresMs !== undefined && expiresMs <= atMs) return { ...line, ok: false, code: 'expired', why: `expired on ${day(expiresMs)}` };
  return waived
    ? { ...line, ok: true, code: 'waived', why: `waived: ${reference}`, reason: reference }
    : { ...line, ok: true, code: 'recorded', why: reference, reference };
}

function drillLine({ timebox: timeboxMs, signedBy }: { timebox: number; signedBy: string }, facts: ReadinessFacts, atMs: number): ChecklistLine {
  const line = evidenceLine('drill', facts, atMs);
  if (line.code === 'missing') return { ...line, timeboxMs, signedBy, why: `must take at most ${durationInWords(timeboxMs)} and be signed by ${signedBy}` };
  const tookMs = facts.evidence.drill?.tookMs;
  if (line.code !== 'recorded' || (tookMs ?? Number.POSITIVE_INFINITY) <= timeboxMs) return line;
  const { reference: _, ...rest } = line;
  const allowed = `the drill may take at most ${durationInWords(timeboxMs)}`;
  return tookMs === undefined
    ? { ...rest, ok: false, code: 'tooLong', timeboxMs, why: `its duration was not recorded, and ${allowed}` }
    : { ...rest, ok: false, code: 'tooLong', timeboxMs, tookMs, why: `took ${durationInWords(tookMs)}, but ${allowed}` };
}

function metricsLine({ metrics }: ReadinessFacts): ChecklistLine {
  if (!metrics) return { item: 'metrics', ok: false, code: 'notMeasured', why: 'not read yet' };
  const broken = metrics.filter(({ ok }) => !ok).map(({ metric, why = 'could not be read' }) => ({ metric, why }));
  if (broken.length === 0) return { item: 'metrics', ok: true, code: 'measured', why: `${metrics.length} read`, metrics: metrics.length };
  return { item: 'metrics', ok: false, code: 'unreadable', why: broken.map(({ metric, why }) => `${metric}: ${why}`).join('; '), metrics: broken };
}

/** When evidence for an item expires; a drill by the plan's `validFor` where the message names no date. */
export function evidenceExpiry(section: PackageSection, item: ReadinessItem, given: number | undefined, atMs: number): number | undefined {
  const drill = item === 'drill' ? section.package.requires.drill : undefined;
  if (!drill) return given;
  return Math.min(given ?? Number.POSITIVE_INFINITY, atMs + drill.validFor);
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
