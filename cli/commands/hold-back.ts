/** `rolewave hold-back`: keeps a package out of its wave's release. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addHoldBack(program: Command, io: Io): void {
  program
    .command('hold-back')
    .description('Holds a package back before its release. The other packages of its wave go live as planned. To release it later, use rolewave set-date.')
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave hold-back role-packages/wave-2/service-desk-resolver --reason "The drill must be run again"')
    .action(async (text: string, options: { reason: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'hold-back',
        body: { reason: options.reason },
        id: options.id,
        done: `${targetText(target)} is held back`,
      });
    });
}
