#!/usr/bin/env node
/** Entry point of the command. */
import { processIo } from './io.ts';
import { run } from './program.ts';

// It is not an error when the reader closes the pipe (head, less).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo());
