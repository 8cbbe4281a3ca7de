// Runs on any Node, before scripts that need Node 24: npm puts the `node` package's binary first on the PATH, if its install script has run.
'use strict';
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Rolewave runs on Node 24, which \`npm ci\` installs into this folder; this is Node ${process.versions.node}. ` +
      'Run `npm ci` (without --ignore-scripts), then start it through npm: `npm run demo`, `npm test`.',
  );
  process.exit(1);
}
