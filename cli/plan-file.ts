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

/** Throws bad input when it cannot be read, before anything is sent. */
export async function readPlanFile(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT'
        ? 'the file does not exist'
        : error.code === 'EISDIR'
          ? 'it is a directory'
          : error.code === 'EACCES'
            ? 'you do not have permission to read it'
            : (error.code ?? error.message);
    throw badInput(`'${file}' cannot be read: ${why}.`, { file });
  });
  if (bytes.byteLength > limits.bytes) throw planMistakes(file, [{ file, line: 1, column: 1, path: '', message: tooLarge }]);
  return bytes;
}

export function planMistakes(file: string, mistakes: Mistake[]): CommandFailure {
  const summary = `${count(mistakes.length, 'mistake')} in ${file}. Nothing was started. Fix ${mistakes.length === 1 ? 'it' : 'them'} and run the command again.`;
  return badInput(`${mistakes.map(mistakeLine).join('\n')}\n\n${summary}`, { code: 'plan-invalid', message: summary, file, mistakes });
}

/** A plan that a command generates must pass the plan's rules before it is written, so that our mistake never becomes a user's file. */
export function checkedPlan(text: string, file: string): Plan {
  const loaded = loadPlan(text, file, { nowMs: Date.now() });
  if (loaded.ok) return loaded.plan;
  const [first] = loaded.mistakes;
  throw badInput(`The generated plan is not valid (${first?.path}: ${first?.message}), so nothing was written. Choose ids with --plan, --system and --owner.`, {
    mistakes: loaded.mistakes,
  });
}
