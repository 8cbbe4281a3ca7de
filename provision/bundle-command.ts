/**
 * Makes the package of the command alone in `package/`: one file that holds everything it needs, so that an operator's machine needs Node and nothing else.
 *
 * A small file starts it, because Node's compile cache has to be switched on before the large one is read. What `doctor` needs to ask servers (Temporal's
 * client and its protocol) is several times as large as the rest, and is a file of its own. So is each program that runs as a process of its own.
 */
import { chmod, copyFile, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const project = fileURLToPath(new URL('..', import.meta.url));

const readme = `# rolewave

The command of Rolewave, which releases reviewed access roles in waves. It talks to Rolewave's endpoint; \`validate\` works alone.

    npm install --global rolewave-VERSION.tgz
    rolewave login --url https://rolewave.example.com --issuer https://login.example.com --client-id rolewave-cli
    rolewave status

\`rolewave --help\` lists every command, and \`rolewave completion\` prints the completion of your shell. It needs Node 22.18 or newer.
`;

/** Says itself that a Node is too old: what such a one would say is the first thing that it does not know. `wanted`: '22.18.0'. */
const launcher = (wanted: string) => `#!/usr/bin/env node
import * as modules from 'node:module';
const numbers = (version) => version.split('.').map(Number);
const [[major, minor], [least, with_]] = [numbers(process.versions.node), numbers('${wanted}')];
if (major < least || (major === least && minor < with_)) {
  console.error(\`rolewave needs Node ${wanted} or newer, and this is \${process.versions.node} (\${process.execPath}). Install a newer one: https://nodejs.org\`);
  process.exit(1);
}
modules.enableCompileCache();
const { start } = await import('./command.mjs');
await start();
`;

/** Writes it anew; seconds. `folder`: absolute. */
export async function bundleCommand(folder: string): Promise<void> {
  const { version, description, license, engines } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
    version: string;
    description: string;
    license: string;
    engines: { node: string };
  };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const used = new Set<string>();
  const files = new Map([
    ['cli/start.ts', 'command.mjs'],
    ['doctor/examine.ts', 'doctor.mjs'],
  ]);
  // It grows by the programs that are found in what is bundled.
  for (const [entry, file] of files) for (const each of await bundled(entry, join(folder, file), files)) used.add(each);
  // Their names say of which version the store is.
  await cp(join(project, 'store/migrations'), join(folder, 'migrations'), { recursive: true });
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES'), await licensesOf([...used].sort()));
  await writeFile(join(folder, 'rolewave.mjs'), launcher(engines.node.replace(/^\D+/, '')));
  await chmod(join(folder, 'rolewave.mjs'), 0o755);
  await writeFile(join(folder, 'README.md'), readme.replace('VERSION', version));
  await copyFile(join(project, 'LICENSE'), join(folder, 'LICENSE'));
  const manifest = { name: 'rolewave', version, description, license, type: 'module', engines, bin: { rolewave: 'rolewave.mjs' } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Folders of the packages that the file holds. Adds to `files` which programs it starts, and what the file of each is called. */
async function bundled(entry: string, file: string, files: Map<string, string>): Promise<string[]> {
  const bundle = await rolldown({
    cwd: project,
    input: entry,
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'doctor-apart',
        resolveId: (source) => (source.endsWith('/doctor/examine.ts') ? { id: './doctor.mjs', external: true } : null),
      },
      { name: 'segmenter-when-needed', transform: segmenterWhenNeeded },
      { name: 'programs-apart', transform: (code, id) => programsApart(code, id, files) },
    ],
    // An optional driver in compiled code, which this command does without.
    external: ['pg-native'],
  });
  try {
    const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false, minify: true, comments: false });
    const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
    return modules.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  } finally {
    await bundle.close();
  }
}

/**
 * What measures text divides it into what people see as letters, for which it loads languages as it is loaded itself: as long as the rest of `status`
 * takes, for texts that hardly any plan has (cli/columns.ts).
 */
function segmenterWhenNeeded(code: string, id: string): string | null {
  // cli-table3 has an older one, without.
  if (!/[\\/]string-width[\\/]index\.js$/.test(id) || !code.includes('Segmenter')) return null;
  const made = 'const segmenter = new Intl.Segmenter();';
  if (!code.includes(made)) throw new Error(`${id} makes its segmenter in another way than before: change segmenterWhenNeeded`);
  return code.replace(made, 'let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };');
}

/** What is started as a process is named by an address beside the module that starts it: there, the package has a file for it. */
function programsApart(code: string, id: string, files: Map<string, string>): string | null {
  if (id.includes('node_modules')) return null;
  const changed = code.replace(/new URL\('([^']+\.ts)', import\.meta\.url\)/g, (_all, path: string) => {
    const entry = relative(project, resolve(dirname(id), path));
    const file = `${entry.slice(0, -3).replaceAll('/', '-')}.mjs`;
    files.set(entry, file);
    return `new URL('./${file}', import.meta.url)`;
  });
  return changed === code ? null : changed;
}

async function licensesOf(packages: string[]): Promise<string> {
  const texts = packages.map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : await readFile(join(folder, file), 'utf8')}`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

if (import.meta.main) await bundleCommand(join(project, 'package'));
