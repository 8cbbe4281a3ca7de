/** `rolewave report`: writes the report of a wave. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { count, printable } from '../printable.ts';
import { readReport } from '../report/data.ts';
import { openLines } from '../report/left.ts';
import { reportPage } from '../report/page.ts';
import { parseWaveTarget, targetText } from '../target.ts';

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description(
      'Writes the report of a wave as one HTML page: what was released and to how many people, sign-offs, evidence, evaluations and verdicts, tunes, rollbacks, what is still open, and the review. The page is self-contained, and can be read on a phone and printed.',
    )
    .argument('<wave>', 'written plan/wave')
    .option('--out <file>', 'the file to write, or - for standard output (default: PLAN-WAVE.html); an existing file is overwritten')
    .addHelpText('after', '\nExamples:\n  rolewave report role-packages/wave-1\n  rolewave report role-packages/wave-1 --out wave-1.html')
    .action(async (text: string, options: { out?: string }, command: Command) => {
      const target = parseWaveTarget(text);
      const context = contextOf(io, command);
      if (options.out === '-' && context.json) throw badInput('--json and --out - cannot be combined, because the page is not JSON. Name a file.');
      const file = options.out ?? `${target.plan}-${target.wave}.html`;
      const data = await readReport(context.client, target, Date.now());
      const page = reportPage(data);
      if (file === '-') return io.out(page.trimEnd());
      await write(file, page);
      const open = openLines(data).length;
      context.answer(
        { file, bytes: Buffer.byteLength(page), plan: target.plan, wave: target.wave, stage: data.wave.stage, open },
        `Wrote ${printable(file)}, the report of ${targetText(target)}: ${open === 0 ? 'nothing is open' : `${count(open, 'item')} open`}. The page is self-contained: open it in a browser, forward it or print it.`,
      );
    });
}

async function write(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(`The report could not be written to '${printable(file)}' (${printable(why)}). Name another file with --out.`);
  }
}
