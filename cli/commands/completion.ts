/** `rolewave completion`: what a shell needs to complete this command. */
import { Argument, type Command } from 'commander';
import type { Io } from '../io.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('Prints the completion of your shell: commands, options, their values, and the plans, waves and packages that the endpoint shows you.')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave completion bash > ~/.local/share/bash-completion/completions/rolewave\n  rolewave completion zsh > "${fpath[1]}/_rolewave"\n  rolewave completion fish > ~/.config/fish/completions/rolewave.fish',
    )
    .action((shell: Shell) => io.out(scripts[shell].trimEnd()));
}

/** Each asks `rolewave __complete WORD…` for one suggestion a line: the word, a tab, and what it is. The last WORD is the one that is being typed. */
const scripts: Record<Shell, string> = {
  bash: `# completion of rolewave for bash
_rolewave() {
  local line i words=() last=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  # bash divides words at = and :, and rolewave does not.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((\${#words[@]})) && [[ \${COMP_WORDS[i]} == [=:] || \${COMP_WORDS[i - 1]} == [=:] ]]; then
      words[\${#words[@]} - 1]+=\${COMP_WORDS[i]}
    else
      words+=("\${COMP_WORDS[i]}")
    fi
  done
  [[ $last == [=:] ]] && last=
  # What stands before the part that bash completes.
  local whole=\${words[\${#words[@]} - 1]}
  local before=\${whole:0:\${#whole} - \${#last}}
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    [ -n "$line" ] && COMPREPLY+=("\${line#"$before"}")
  done < <(rolewave __complete "\${words[@]}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _rolewave rolewave
`,
  zsh: `#compdef rolewave
_rolewave() {
  local -a suggested
  local line word
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    suggested+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <(rolewave __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#suggested} )); then _describe -V rolewave suggested; else _files; fi
}
if [ "$funcstack[1]" = "_rolewave" ]; then _rolewave "$@"; else compdef _rolewave rolewave; fi
`,
  fish: `# completion of rolewave for fish
function __rolewave_complete
    set -l words (commandline -opc) (commandline -ct)
    rolewave __complete $words[2..-1] 2>/dev/null
end
complete -c rolewave -n 'test -n "$(__rolewave_complete)"' -f -a '(__rolewave_complete)'
`,
};
