/** `rolewave notices`: who is asked for what, how they were notified, and resending what did not arrive. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { NoticeList } from '../../domain/views/lists.ts';
import type { NoticeView } from '../../domain/views/notice.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import type { Filters } from '../api-client.ts';
import { badInput, CommandFailure } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { noticesTable } from '../notices-table.ts';
import { addFilters, filtersOf, placeOf, type FilterOptions } from '../options.ts';
import { count, printable } from '../printable.ts';

interface NoticesOptions extends FilterOptions {
  failed?: boolean;
  resend?: string;
  resendAll?: boolean;
}

export function addNotices(program: Command, io: Io): void {
  const command = program
    .command('notices')
    .description(
      'Shows every open request: who is asked, for what, by when, and how the notices were delivered. A delivery that failed for good stays on the dead-letter list until it is resent or the request is answered. Times are plan time.',
    )
    .argument('[what]', 'a plan, or plan/wave (default: everything)')
    .option('--failed', 'only notices with a failed delivery: the dead-letter list')
    .addOption(
      new Option('--resend <id>', 'resend the failed deliveries of this notice, or the whole notice if nobody was notified; for operators').conflicts([
        'failed',
        'resendAll',
      ]),
    )
    .addOption(new Option('--resend-all', 'resend everything on the dead-letter list; for operators').conflicts('failed'));
  addFilters(command)
    .addHelpText(
      'after',
      "\nExamples:\n  rolewave notices\n  rolewave notices role-packages/wave-1 --failed\n  rolewave notices --resend 'role-packages/wave-1#notice-3-ab12cd34'\n  rolewave notices role-packages --resend-all",
    )
    .action(async (what: string | undefined, options: NoticesOptions, command: Command) => {
      const context = contextOf(io, command);
      if (options.resend !== undefined) return resendOne(context, what, options.resend);
      const filters = { ...placed(what), ...filtersOf(options) };
      if (options.resendAll) return resendAll(context, filters);
      const found = await list(context, filters, options.failed === true);
      const { named, person, client } = context;
      context.answerLaidOut(
        { notices: found },
        wordsOf(found, options.failed === true, (rows) => noticesTable(rows, io.columns(), { reader: client.person, named, person })),
      );
    });
}

const placed = (what: string | undefined) => placeOf(what, ', such as role-packages/wave-1');

/** Open requests. `failed`: only those with a failed delivery. */
async function list({ client }: Context, filters: Filters, failed: boolean): Promise<NoticeView[]> {
  const pages = await client.pages<NoticeList>('/v1/notices', { open: 'true', undelivered: failed ? 'true' : undefined, ...filters });
  return pages.flatMap(({ notices }) => notices);
}

const hasFailed = ({ deliveries }: NoticeView) => deliveries.some(({ state }) => state === 'failed');

function wordsOf(notices: NoticeView[], failed: boolean, table: (rows: NoticeView[]) => string): string {
  if (notices.length === 0) return failed ? 'No delivery of an open request has failed.' : 'There are no open requests.';
  const dead = notices.filter(hasFailed).length;
  const notNotified = notices.filter(({ deliveries }) => deliveries.length === 0).length;
  return [
    table(notices),
    `${count(notices.length, 'notice')} ${notices.length === 1 ? 'is' : 'are'} unanswered.`,
    ...(dead === 0
      ? []
      : [`${count(dead, 'notice')} did not reach everyone. Fix the reasons in the list, then run 'rolewave notices --resend ID' or --resend-all.`]),
    ...(notNotified === 0
      ? []
      : [
          `${count(notNotified, 'notice')} ${notNotified === 1 ? 'has' : 'have'} not been delivered yet: they are on their way, or the worker has no channel (docs/operating.md, 'Notices'). Once it has one, 'rolewave notices --resend ID' sends them.`,
        ]),
  ].join('\n');
}

async function resendOne(context: Context, what: string | undefined, id: string): Promise<void> {
  if (what !== undefined) throw badInput(`--resend already names one notice. Leave out '${what}'.`);
  const { body } = await context.client.ask(pathOf(id));
  context.answer(body, `${printable(id)} is being resent. To see the result, run 'rolewave notices'.`);
}

/** Skips a notice that was answered or sent since the list was read. */
async function resendAll(context: Context, filters: Filters): Promise<void> {
  const notices = await list(context, filters, true);
  const sending: string[] = [];
  for (const { id } of notices) {
    try {
      await context.client.ask(pathOf(id));
      sending.push(id);
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.details['code'] !== 'nothing-to-resend') throw partly(error, sending);
    }
  }
  context.answer(
    { status: 'sending', ids: sending },
    sending.length === 0
      ? 'No delivery of an open request has failed, so there is nothing to resend.'
      : `${count(sending.length, 'notice')} ${sending.length === 1 ? 'is' : 'are'} being resent. To see the result, run 'rolewave notices'.`,
  );
}

const pathOf = (id: string) => `/v1/notices/${encodeURIComponent(id)}/resend`;

/** Adds what was already done to the error. */
function partly(error: unknown, sending: string[]): unknown {
  if (!(error instanceof CommandFailure) || sending.length === 0) return error;
  return new CommandFailure(
    error.exitCode,
    `${error.message} ${count(sending.length, 'notice')} before it ${sending.length === 1 ? 'is' : 'are'} being resent.`,
    {
      ...error.details,
      sending,
    },
  );
}
