/** How the help shows a command: what is required stands in its usage and is marked among its options. */
import { Help, type Command, type HelpConfiguration, type Option } from 'commander';

const usual = new Help();

export const requiredShown: HelpConfiguration = {
  subcommandTerm: (command) => (command.parent?.parent ? usual.subcommandTerm(command) : command.name()),
  commandUsage: (command) => `${pathOf(command)} ${usageOf(command)}`,
  optionDescription: (option) => `${option.mandatory && option.defaultValue === undefined ? '(required) ' : ''}${usual.optionDescription(option)}`,
};

/** `rolewave metric try`. */
export const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name());

/** `<package> --step <step> --reason <text> [options]`. */
function usageOf(command: Command): string {
  if (command.commands.length > 0) return command.parent ? '<command> [options]' : '[options] <command>';
  const args = command.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`));
  const required = command.options.filter((option) => option.mandatory).map(longOf);
  return [...args, ...required, '[options]'].join(' ');
}

/** `--reason <text>`, without its short form. */
const longOf = ({ flags }: Option): string => flags.replace(/^-\w, /, '');
