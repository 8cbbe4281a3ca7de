/** `rolewave tune`: runs one typed repair in production. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { tuneStepSchema, type TuneStep } from '../../domain/plan/schema.ts';
import { stepOf, type TuneField } from '../../domain/tune/steps.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { checkedDuration, idOption, listOf, packageArgument, reasonOption } from '../options.ts';
import type { PackageView } from '../../domain/views/package.ts';
import { printable } from '../printable.ts';
import { parsePackageTarget, targetText, type PackageTarget } from '../target.ts';

interface TuneOptions {
  step: TuneStep;
  reason: string;
  people?: string;
  entitlement?: string;
  by?: string;
  id?: string;
}

export function addTune(program: Command, io: Io): void {
  program
    .command('tune')
    .description(`Repairs a released package with one tune step: ${tuneStepSchema.options.map((step) => `${step} (${stepOf(step).doing})`).join(', ')}.`)
    .addArgument(packageArgument())
    .addOption(new Option('--step <step>', 'which repair').choices(tuneStepSchema.options).makeOptionMandatory())
    .addOption(reasonOption())
    .option('--people <ids>', `${stepsWith('people')}: the people who lose access, separated by commas`)
    .option('--entitlement <system/role>', `${stepsWith('entitlement')}: the entitlement to drop`)
    .option('--by <duration>', `${stepsWith('byMs')}: how much longer, such as 7d`)
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave tune role-packages/wave-1/hr-case-intake-specialist --step retireLegacy --reason "One archive grant came back"\n  rolewave tune role-packages/wave-1/finance-month-end-operator --step tighten --entitlement erp/fin_subledger_read --reason "Never used"',
    )
    .action(async (text: string, options: TuneOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const people = listOf(options.people);
      const body = {
        step: options.step,
        reason: options.reason,
        ...(people ? { people } : {}),
        ...entitlementOf(options.entitlement),
        ...(options.by === undefined ? {} : { by: checkedDuration('--by', options.by) }),
      };
      checkFields(options, command);
      await sendMessage(contextOf(io, command), { target, segment: 'tune', body, id: options.id, done: (running) => tuneDone(options.step, running, target) });
    });
}

/** A step that needs the owner, or that a blackout defers, is only proposed. */
function tuneDone(step: TuneStep, running: PackageView | undefined, target: PackageTarget): string {
  const { kind, tune, answers = [] } = running?.proposal ?? {};
  if (kind !== 'tune' || tune?.step !== step) return `${step} runs on ${targetText(target)}`;
  const approvers = answers.find(({ answer }) => answer === 'approve')?.by ?? [];
  return `${step} is proposed for ${targetText(target)}, and runs once ${approvers.map(printable).join(' or ') || 'its owner'} approves it`;
}

const optionOf = { people: 'people', entitlement: 'entitlement', byMs: 'by' } as const satisfies Record<TuneField, keyof TuneOptions>;
const fields = Object.keys(optionOf) as TuneField[];
const stepsWith = (field: TuneField) => tuneStepSchema.options.filter((step) => stepOf(step).fields[field] !== undefined).join(', ');

function checkFields(options: TuneOptions, command: Command): void {
  const { step } = options;
  for (const field of fields) {
    const option = optionOf[field];
    const use = stepOf(step).fields[field];
    if (use === 'required' && options[option] === undefined) command.error(`--step ${step} needs --${option}.`);
    if (use === undefined && options[option] !== undefined) throw badInput(`--step ${step} does not take --${option}. Use it with ${stepsWith(field)}.`);
  }
}

function entitlementOf(text: string | undefined) {
  if (text === undefined) return {};
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) throw badInput(`--entitlement ${text} is not written system/role, such as erp/fin_subledger_read.`);
  return { entitlement: { system: text.slice(0, slash), role: text.slice(slash + 1) } };
}
