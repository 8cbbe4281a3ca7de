#!/usr/bin/env node
/** The command's start. */
import { processIo } from './io.ts';
import { run } from './program.ts';

// A reader that goes away (head, less) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo());
