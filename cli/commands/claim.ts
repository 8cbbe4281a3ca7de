/** `rolewave claim`: a second owner keeps access of a package through a rollback. `rolewave end-claim` ends that. */
import type { Command } from 'commander';
import type { AccessClaimView } from '../../domain/views/access-claim.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { contextOf, type Context } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, idOption, listOf, packageArgument, reasonOption } from '../options.ts';
import { count, printable } from '../printable.ts';
import { readToAct } from '../read.ts';
import { parsePackageTarget, targetPath, targetText, type PackageTarget } from '../target.ts';

interface ClaimOptions {
  until: string;
  reason: string;
  person?: string;
  role?: string;
  system?: string;
  renew?: string;
  id?: string;
}

type Grant = AccessClaimView['grants'][number];

export function addClaim(program: Command, io: Io): void {
  program
    .command('claim')
    .description(
      'Keeps access of a released package through a rollback, until a date. Only for those whom the package names under rollback.claims, and never for one’s own access. The owner is told and can contest it. At its end you are asked: nothing is revoked or kept on by itself.',
    )
    .addArgument(packageArgument())
    .option('--person <ids>', 'whose access to keep, by the ids of the plan; commas separate several')
    .option('--role <role>', 'only this role')
    .option('--system <system>', 'only in this system')
    .option('--renew <claim>', 'instead of --person: a claim of yours, which gets the new date and reason')
    .requiredOption('--until <date>', 'when it ends (plan time)')
    .addOption(reasonOption())
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave claim role-packages/wave-3/warehouse-inventory-poster --person erik.nilsen --role wh_stock_count --until 2026-05-04 --reason "Stock-taking at Gdansk until Sunday"\n  rolewave claim role-packages/wave-3/warehouse-inventory-poster --renew 1f6c2c1e-6a1b-4a57-9a55-6f0a4c7f5d11 --until 2026-05-11 --reason "The count is repeated"',
    )
    .action(async (text: string, options: ClaimOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const until = checkedDate('--until', options.until);
      const context = contextOf(io, command);
      const grants = await claimedBy(context, target, options);
      await sendMessage(context, {
        target,
        segment: 'claims',
        body: { grants, until, reason: options.reason },
        id: options.id,
        done: `a rollback of ${targetText(target)} keeps ${grants.map(grantText).join(', ')} until ${until}`,
      });
    });
}

export function addEndClaim(program: Command, io: Io): void {
  program
    .command('end-claim')
    .description(
      'Ends a claim on access of a package: its claimant withdraws it, or the owner contests it, after which nobody may claim that access again. What a rollback kept for it is revoked.',
    )
    .addArgument(packageArgument())
    .argument('[claim]', 'its id, where several stand')
    .addOption(reasonOption())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave end-claim role-packages/wave-3/warehouse-inventory-poster --reason "The count is done"')
    .action(async (text: string, claim: string | undefined, options: { reason: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      const id = claim ?? onlyClaim((await readToAct(context.client, target)).running?.claims ?? [], targetText(target)).id;
      await sendMessage(context, {
        target,
        segment: 'claim-ends',
        body: { claim: id, reason: options.reason },
        id: options.id,
        done: (running) =>
          running?.state === 'Rolled back'
            ? `the claim ${id} has ended, and what nobody else claims of it is revoked`
            : `the claim ${id} has ended: a rollback of ${targetText(target)} keeps nothing for it`,
      });
    });
}

async function claimedBy(context: Context, target: PackageTarget, { person, role, system, renew }: ClaimOptions): Promise<Grant[]> {
  if (renew !== undefined) {
    if (person !== undefined || role !== undefined || system !== undefined)
      throw badInput('Use --renew without --person, --role and --system: it keeps the same access.');
    const claims = (await readToAct(context.client, target)).running?.claims ?? [];
    return (claims.find(({ id }) => id === renew) ?? onlyClaim([], targetText(target), renew)).grants;
  }
  const people = listOf(person);
  if (!people) throw badInput('Name whose access to keep with --person, or the claim to renew with --renew.');
  const { revoked, kept, cut } = await context.client.get<RollbackPreviewView>(`${targetPath(target)}/rollback-preview`);
  const { running } = await readToAct(context.client, target);
  const claimed = (running?.claims ?? []).flatMap(({ grants }) => grants);
  const isMeant = (line: Grant) =>
    people.includes(line.person) && (role === undefined || line.role === role) && (system === undefined || line.system === system);
  const own = kept.filter((line) => claimed.some((grant) => grant.person === line.person && grant.role === line.role && grant.system === line.system));
  const found = [...revoked, ...own].filter(isMeant).map((line): Grant => ({ system: line.system, role: line.role, person: line.person }));
  const missing = people.filter((id) => !found.some((grant) => grant.person === id));
  if (missing.length === 0) return found;
  const also = cut ? ' The preview is shortened: more people may lose access than it lists.' : '';
  throw new CommandFailure(
    exitCodes.refused,
    `A rollback of ${targetText(target)} would revoke nothing like that of ${missing.map(printable).join(', ')}, so there is nothing to claim. Nothing was sent. To see what it would revoke, run 'rolewave rollback ${targetText(target)} --preview'.${also}`,
    { code: 'unknown-claim' },
  );
}

function onlyClaim(claims: AccessClaimView[], target: string, asked?: string): AccessClaimView {
  const [only, ...others] = claims;
  if (only && others.length === 0) return only;
  if (!only)
    throw new CommandFailure(
      exitCodes.refused,
      asked === undefined
        ? `No claim on access of ${target} stands. Nothing was sent.`
        : `No claim '${printable(asked)}' on access of ${target} stands. Nothing was sent.`,
      { code: 'unknown-claim' },
    );
  throw badInput(
    `${count(claims.length, 'claim')} on access of ${target} stand. Name one: ${claims.map(({ id, by }) => `${printable(id)} (by ${printable(by)})`).join(', ')}.`,
  );
}

export const grantText = ({ system, role, person }: Grant): string => printable(`${role} of ${person} in ${system}`);
