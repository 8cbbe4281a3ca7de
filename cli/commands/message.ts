/** `rolewave message`: how a message that was received has been decided. */
import type { Command } from 'commander';
import type { MessageStatus } from '../../domain/views/message-status.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { printable } from '../printable.ts';

export function addMessage(program: Command, io: Io): void {
  program
    .command('message')
    .description('Shows how a message was decided that was received while no worker answered.')
    .argument('<address>', 'the status address that was printed at the time, /v1/…/messages/…')
    .addHelpText('after', '\nExample:\n  rolewave message /v1/waves/role-packages/wave-1/messages/5e0c6b1e-7f0e-4a64-9d0c-0c1f6f3a2b11')
    .action(async (address: string, _options: object, command: Command) => {
      if (!/^\/v1\/(plans|waves|packages)\/[\x21-\x7e]+\/messages\/[\x21-\x7e]+$/.test(address))
        throw badInput(`'${address.slice(0, 200)}' is not a status address. A status address looks like /v1/waves/PLAN/WAVE/messages/ID.`);
      const context = contextOf(io, command);
      const status = await context.client.get<MessageStatus>(address);
      if (status.status === 'refused') throw new CommandFailure(exitCodes.refused, `It was refused: ${printable(status.message)}`, { ...status });
      if (status.status === 'unknown')
        throw new CommandFailure(exitCodes.undecided, printable(status.message ?? 'It is not decided yet. Ask again when a worker runs.'), {
          code: 'received',
          ...status,
        });
      context.answer(status, 'It was accepted.');
    });
}
