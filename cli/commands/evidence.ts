/** `rolewave evidence`: records what makes a package ready. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { readinessItems, type ReadinessItem } from '../../domain/plan/schema.ts';
import { itemNames } from '../../domain/readiness.ts';
import type { WavePackageView } from '../../domain/views/wave.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, checkedDuration, idOption, packageArgument } from '../options.ts';
import { printable } from '../printable.ts';
import { parsePackageTarget, targetText, type PackageTarget } from '../target.ts';

interface EvidenceOptions {
  reference: string;
  expires?: string;
  took?: string;
  waive?: boolean;
  id?: string;
}

export function addEvidence(program: Command, io: Io): void {
  program
    .command('evidence')
    .description(
      'Records evidence for one item of a package’s checklist, such as its drill, handoff or training. With --waive it waives the item and records the reason.',
    )
    .addArgument(packageArgument())
    .addArgument(new Argument('<item>', 'item of the checklist').choices(readinessItems))
    .requiredOption('--reference <text>', 'where the evidence is, such as a ticket or a document; with --waive, the reason')
    .option('--expires <date>', 'when the evidence expires (plan time)')
    .option('--took <duration>', 'how long it took; a drill that takes longer than the plan allows is recorded, but does not count')
    .option('--waive', 'the item is not needed; --reference says why')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave evidence role-packages/wave-2/service-desk-resolver drill --reference OPS-441 --took 40m\n  rolewave evidence role-packages/wave-1/hr-case-intake-specialist training --waive --reference "all five were trained in March"',
    )
    .action(async (text: string, item: string, options: EvidenceOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const body = {
        item,
        reference: options.reference,
        ...(options.expires === undefined ? {} : { expires: checkedDate('--expires', options.expires) }),
        ...(options.took === undefined ? {} : { took: checkedDuration('--took', options.took) }),
        ...(options.waive ? { waived: true } : {}),
      };
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'evidence',
        body,
        id: options.id,
        done: (_running, planned) => doneText(item as ReadinessItem, options.waive === true, target, planned),
      });
    });
}

/** What was recorded may not be enough: a drill that took too long stays open in the checklist. */
function doneText(item: ReadinessItem, waived: boolean, target: PackageTarget, planned: WavePackageView | undefined): string {
  const line = planned?.checklist.find((each) => each.item === item);
  const open = line?.code === 'tooLong' || line?.code === 'expired' ? `, but it does not count: ${printable(line.why)}` : '';
  return `${waived ? 'waived' : 'recorded'} for ${targetText(target)}: ${itemNames[item]}${open}`;
}
