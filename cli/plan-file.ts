/** The plan's file, as bytes and as text. */
import { readFile } from 'node:fs/promises';
import { limits, tooLarge } from '../domain/plan/yaml-source.ts';
import { loadPlan } from '../domain/plan/load.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { Mistake } from '../domain/plan/mistakes.ts';
import { mistakeLine } from '../domain/plan/mistakes.ts';
import { badInput } from './exit-codes.ts';
import type { CommandFailure } from './exit-codes.ts';
import { count } from './printable.ts';

/** Throws bad input when it cannot be read, before anything is sent anywhere. */
export async function readPlanFile(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT'
        ? 'there is no such file'
        : error.code === 'EISDIR'
          ? 'it is a directory'
          : error.code === 'EACCES'
            ? 'you may not read it'
            : (error.code ?? error.message);
    throw badInput(`'${file}' cannot be read: ${why}.`, { file });
  });
  if (bytes.byteLength > limits.bytes) throw planMistakes(file, [{ file, line: 1, column: 1, path: '', message: tooLarge }]);
  return bytes;
}

export function planMistakes(file: string, mistakes: Mistake[]): CommandFailure {
  const summary = `${count(mistakes.length, 'mistake')} in ${file}; nothing was started. Fix ${mistakes.length === 1 ? 'it' : 'them'} and run it again.`;
  return badInput(`${mistakes.map(mistakeLine).join('\n')}\n\n${summary}`, { code: 'plan-invalid', message: summary, file, mistakes });
}

/** What a command wrote itself passes the plan's rules, or is not written: a mistake of ours must not become a file of somebody's. */
export function checkedPlan(text: string, file: string): Plan {
  const loaded = loadPlan(text, file, { nowMs: Date.now() });
  if (loaded.ok) return loaded.plan;
  const [first] = loaded.mistakes;
  throw badInput(
    `What would have been written is no valid plan (${first?.path}: ${first?.message}), so nothing was written. Name ids of your own with --plan, --system and --owner.`,
    { mistakes: loaded.mistakes },
  );
}
