/** `npm run bench -- NAME`: one command for each benchmark. */
import { benchOf, overview } from './names.ts';

const [name = '--help', ...args] = process.argv.slice(2);
try {
  if (name === '--help') console.log(overview);
  else if (args.includes('--help')) console.log(benchOf(name).help);
  else await benchOf(name).run(args);
  // The SDK's threads may outlive the last connection.
  process.exit();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
