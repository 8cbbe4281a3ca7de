/** What Temporal's UI shows of a wave besides its state: its description and its packages. */
import { inMarkdown } from '../../../domain/free-text.ts';
import { bytesOf } from '../../../domain/plan/fields.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import type { WaveSection } from '../../../domain/plan/section.ts';

/** Temporal refuses to start a workflow with more than 20,000 bytes of details. */
const mostBytes = 19_000;

export function waveDetails(plan: Plan, { wave, packages }: WaveSection): string {
  const names = new Map(plan.packages.map(({ id, name }) => [id, name]));
  const description = plan.waves.find(({ id }) => id === wave.id)?.description;
  const lines = packages.map(({ package: { id, risk }, cohortSize }) => `- **${inMarkdown(names.get(id) ?? id)}** (${risk} risk, ${cohortSize} people)`);
  let text = description === undefined ? '' : `${inMarkdown(description)}\n\n`;
  for (const [index, line] of lines.entries()) {
    if (bytesOf(text) + bytesOf(line) > mostBytes) return `${text}- and ${lines.length - index} more`;
    text += `${line}\n`;
  }
  return text.trimEnd();
}
