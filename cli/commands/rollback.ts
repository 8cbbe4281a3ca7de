/** `rolewave rollback`: proposes a rollback, or shows what one would do. */
import type { Command } from 'commander';
import type { DependencyLine } from '../../domain/access/receipt.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument } from '../options.ts';
import { count, printable, sentence } from '../printable.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

interface Line {
  system: string;
  role: string;
  account: string;
  person: string;
  why: string;
}
interface RollbackPreview {
  counts: { taken: number; restored: number; kept: number; undecided: number };
  taken: Line[];
  restored: Line[];
  kept: Line[];
  undecided: Line[];
  cut: boolean;
  dependencies: DependencyLine[];
  dependencyCheck: string;
}

export function addRollback(program: Command, io: Io): void {
  program
    .command('rollback')
    .summary('propose a rollback, or show what one would do')
    .description(
      'Proposes a rollback; it runs once its dependency check is clear and it is approved. With --preview it shows who would lose what, what comes back, and what stays and why; nothing is proposed.',
    )
    .addArgument(packageArgument())
    .option('--preview', 'only show what it would do')
    .option('-r, --reason <text>', 'why; it stands in the record')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave rollback role-packages/wave-3/warehouse-inventory-poster --preview\n  rolewave rollback role-packages/wave-3/warehouse-inventory-poster --reason "Exceptions keep growing"',
    )
    .action(async (text: string, options: { preview?: boolean; reason?: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      if (options.preview) {
        const preview = await context.client.get<RollbackPreview>(`${targetPath(target)}/rollback-preview`);
        context.answer(preview, wordsOf(preview, target));
        return;
      }
      if (!options.reason) throw badInput('A rollback needs its reason: add --reason; --preview shows beforehand what it would do.');
      await sendMessage(context, {
        target,
        segment: 'rollback',
        body: { reason: options.reason },
        id: options.id,
        done: `a rollback of ${targetText(target)} is proposed`,
      });
    });
}

function wordsOf({ counts, cut, dependencies, dependencyCheck, ...lists }: RollbackPreview, target: PackageTarget): string {
  const section = (title: string, lines: Line[]) =>
    lines.length === 0
      ? []
      : [
          `${title}:`,
          ...lines.map(
            ({ system, role, account, person, why }) =>
              `  ${printable(`${person}${account === person ? '' : ` (${account})`}: ${role} in ${system}${why ? `: ${why}` : ''}`)}`,
          ),
        ];
  const open = dependencies.map(
    ({ line, clear, clearedBy }) =>
      `  ${clear ? 'clear' : 'OPEN '}  ${printable(line)}${clear || clearedBy === undefined ? '' : `; cleared by ${printable(clearedBy)}`}`,
  );
  return [
    ...section('Would be taken away', lists.taken),
    ...section('Would come back', lists.restored),
    ...section('Would stay', lists.kept),
    ...section('A person must decide', lists.undecided),
    ...(cut ? ['The lists are shortened; the counts are not.'] : []),
    `Dependency check: ${sentence(printable(dependencyCheck))}`,
    ...open,
    `A rollback of ${targetText(target)} would take ${count(counts.taken, 'grant')} away, give ${counts.restored} back, and leave ${counts.kept}${counts.undecided > 0 ? `; ${counts.undecided} cannot be told` : ''}. Nothing was changed. Next: 'rolewave rollback ${targetText(target)} --reason …' proposes it.`,
  ].join('\n');
}
