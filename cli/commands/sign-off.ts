/** `rolewave sign-off`: shows what is signed, and signs exactly that (R3). */
import type { Command } from 'commander';
import type { WavePackageView } from '../../domain/views/wave.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument } from '../options.ts';
import { previewSections, readPreview, type WholePreview } from '../people.ts';
import { previewText } from '../preview.ts';
import { printable, sentence } from '../printable.ts';
import { changeText } from '../proposal.ts';
import { dutyLines, signOffWords } from '../sign-offs.ts';
import { readToAct } from '../read.ts';
import { parsePackageTarget, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

interface SignOffOptions {
  reject?: boolean;
  withdraw?: boolean;
  reason?: string;
  yes?: boolean;
  planDigest?: string;
  previewDigest?: string;
  id?: string;
}

export function addSignOff(program: Command, io: Io): void {
  program
    .command('sign-off')
    .description(
      'Shows what you are about to sign, person by person and with what changed since the last signature, asks for confirmation, and signs exactly the digests that it showed. If the plan or the preview changes in between, the sign-off is refused.',
    )
    .addArgument(packageArgument())
    .option('--reject', 'reject instead of approving; needs --reason')
    .option('--withdraw', 'withdraw your own earlier decision; only the owner can withdraw the rejection of the owner')
    .option('-r, --reason <text>', 'the reason; it is recorded (required with --reject)')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--plan-digest <digest>', 'sign only if the plan has this digest')
    .option('--preview-digest <digest>', 'sign only if the preview has this digest')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave sign-off role-packages/wave-1/finance-month-end-operator\n  rolewave sign-off role-packages/wave-1/finance-month-end-operator --reject --reason "The archive role is missing"',
    )
    .action(async (text: string, options: SignOffOptions, command: Command) => {
      const target = parsePackageTarget(text);
      if (options.reject && !options.reason) return command.error('A rejection needs a reason: add --reason.');
      if (options.reject && options.withdraw) throw badInput('Give either --reject or --withdraw.');
      const decision = options.reject ? 'reject' : options.withdraw ? 'withdraw' : 'approve';
      const context = contextOf(io, command);
      const { package: seen } = await readToAct(context.client, target);
      const { planDigest, previewDigest } = digestsOf(seen, target, options);
      if (!context.json) {
        const preview = await readPreview(context.client, target, { digest: previewDigest });
        io.out(context.named(whatIsSigned(seen as WavePackageView, target, preview)));
      }
      if (!options.yes) {
        if (!io.canAsk || context.json)
          throw badInput(
            'Nothing was signed, because the command cannot ask for confirmation here. Add --yes to sign what was shown, and --plan-digest and --preview-digest to sign only what you saw earlier.',
          );
        if (!(await io.confirm(asked[decision]))) throw new CommandFailure(exitCodes.badInput, 'Nothing was signed.', { code: 'not-confirmed' });
      }
      await sendMessage(context, {
        target,
        segment: 'sign-offs',
        id: options.id,
        done: `${done[decision]} ${targetText(target)}`,
        body: { decision, planDigest, previewDigest, ...(options.reason === undefined ? {} : { reason: options.reason }) },
      });
    });
}

const asked = { approve: 'Sign this off?', reject: 'Reject this?', withdraw: 'Withdraw your earlier decision?' } as const;
const done = { approve: 'signed off', reject: 'rejected', withdraw: 'withdrew the earlier decision on' } as const;

function digestsOf(seen: WavePackageView | null, target: PackageTarget, options: SignOffOptions): { planDigest: string; previewDigest: string } {
  if (!seen)
    throw new CommandFailure(exitCodes.refused, `${targetText(target)} is not a package of its wave, so there is nothing to sign.`, {
      code: 'unknown-package',
    });
  const { planDigest, previewDigest } = seen;
  if (previewDigest === undefined) {
    throw new CommandFailure(
      exitCodes.refused,
      `There is no preview to sign yet. Still needed: ${sentence(seen.blockers.map(({ text }) => printable(text)).join('; ') || 'a moment')} Try again once the preview exists.`,
      { code: 'not-previewed', blockers: seen.blockers },
    );
  }
  for (const [option, expected, now] of [
    ['--plan-digest', options.planDigest, planDigest],
    ['--preview-digest', options.previewDigest, previewDigest],
  ] as const) {
    if (expected !== undefined && expected !== now)
      throw new CommandFailure(
        exitCodes.refused,
        `Nothing was signed: ${option} is ${printable(expected)}, but the digest is now ${now}. To see what changed, run 'rolewave show ${targetText(target)}'.`,
        { code: 'stale-digest', planDigest, previewDigest },
      );
  }
  return { planDigest, previewDigest };
}

function whatIsSigned(
  { name, owner, team, risk, change, planDigest, previewDigest, preview, blockers, duties, signOffs }: WavePackageView,
  target: PackageTarget,
  people: WholePreview,
): string {
  const parts = (preview ?? []).map((part) => `  in ${printable(part.system)}: ${previewText(part)}`);
  return [
    `${printable(name)} (${targetText(target)}), ${risk} risk, owned by ${printable(owner)} (${printable(team)})`,
    ...(change ? [`  ${changeText[change]}`] : []),
    ...dutyLines(duties).map((line) => `  ${printable(line)}`),
    ...parts,
    ...previewSections(people).flatMap(({ title, lines }) => [`  ${title}:`, ...lines.map((line) => `    ${printable(line)}`)]),
    `  plan     ${planDigest}`,
    `  preview  ${previewDigest}`,
    ...signOffs.filter(({ counts }) => counts).map(({ by, decision }) => `  ${signOffWords[decision]} by ${printable(by)}`),
    ...(blockers.length === 0 ? [] : ['  still needed:', ...blockers.map(({ text }) => `    ${printable(text)}`)]),
    '',
  ].join('\n');
}
