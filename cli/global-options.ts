/** The options of the whole command. */
import type { Command } from 'commander';

export interface GlobalOptions {
  json?: boolean;
  output?: 'text' | 'json';
  url?: string;
  as?: string;
  profile?: string;
  requestTimeout?: string;
}

/** Those of the whole; a command may have its own options of the same name. */
export function globalOptionsOf(command: Command): GlobalOptions {
  const top = command.parent;
  return top ? globalOptionsOf(top) : command.opts<GlobalOptions>();
}
