/** Runs the command as a process. */
import { processIo } from './io.ts';
import { run } from './program.ts';

export async function start(): Promise<void> {
  // It is not an error when the reader closes the pipe (head, less).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const args = process.argv.slice(2);
  // Read by everything that colors, before it does.
  if (args.includes('--no-color')) {
    process.env['NO_COLOR'] = '1';
    delete process.env['FORCE_COLOR'];
  }
  process.exitCode = await run(args, processIo());
}
