/** `npm run bench -- NAME`: one command for each benchmark. */
import { engine, help as engineHelp } from './engine/run.ts';

const [name, ...args] = process.argv.slice(2);
if (name !== 'engine' || args.includes('--help')) {
  console.log(engineHelp);
  process.exit(name === 'engine' || name === undefined || name === '--help' ? 0 : 2);
}
try {
  await engine(args);
  // The SDK's threads may outlive the last connection.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
