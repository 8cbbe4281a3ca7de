/** `npm run bench -- NAME`: one command for each benchmark. */
import { board, help as boardHelp } from './board/run.ts';
import { cli, help as cliHelp } from './cli/run.ts';
import { engine, help as engineHelp } from './engine/run.ts';
import { help as postgresHelp, postgres } from './postgres/run.ts';

const benches: Record<string, { run: (args: string[]) => Promise<void>; help: string }> = {
  board: { run: board, help: boardHelp },
  cli: { run: cli, help: cliHelp },
  engine: { run: engine, help: engineHelp },
  postgres: { run: postgres, help: postgresHelp },
};

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (!bench || args.includes('--help')) {
  console.log(
    bench?.help ??
      Object.values(benches)
        .map(({ help }) => help)
        .join('\n'),
  );
  process.exit(bench || name === '' || name === '--help' ? 0 : 2);
}
try {
  await bench.run(args);
  // The SDK's threads may outlive the last connection.
  process.exit();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
