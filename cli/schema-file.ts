/** The JSON Schema beside a plan that was written, which its first line names. */
import { dirname } from 'node:path';
import { writeSchemaBeside } from '../settings/schema-beside.ts';

/** Editors complete and check the plan by it. Nothing else needs it, so a folder that cannot hold it is no error. */
export async function planSchemaBeside(plan: string): Promise<void> {
  const { default: schema } = await import('../domain/plan/plan.schema.json', { with: { type: 'json' } });
  try {
    writeSchemaBeside(dirname(plan), 'plan', schema);
  } catch {
    // The plan is there.
  }
}
