// Runs on any Node, before scripts that need one that runs TypeScript. npm puts the Node of the development dependency `node` first on the PATH of
// its scripts, if that is installed and its install script has run; in production (`npm ci --omit=dev`) the machine's own Node counts.
'use strict';
const { engines } = require('../package.json');
const wanted = engines.node.replace('>=', '');
const [major, minor] = process.versions.node.split('.').map(Number);
const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(
    `Rolewave needs Node ${wanted} or newer; this is Node ${process.versions.node}. ` +
      'Run `npm ci` (without --ignore-scripts), which installs Node 24 into this folder, and start Rolewave through npm (`npm run demo`, `npm test`). ' +
      'For an installation without development dependencies (--omit=dev), install Node 24 on the machine.',
  );
  process.exit(1);
}
