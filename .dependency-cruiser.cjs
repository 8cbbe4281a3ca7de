/**
 * Who may import whom, as rules. `npm run imports` checks them.
 *
 * TypeScript 7 has no compiler API, so sources are read through swc, which sees `import type` but does not tell it from `import`. Where only
 * types are allowed, the rule here names the one file that holds nothing else, and oxlint (no-restricted-imports) asks for `import type`.
 */

const sources = [
  'domain',
  'charts',
  'workflows',
  'activities',
  'channels',
  'connectors',
  'telemetry',
  'clients',
  'store',
  'api',
  'cli',
  'worker',
  'settings',
  'discover',
  'doctor',
  'provision',
  'demo',
  'bench',
  'containers',
  'test',
  'web',
];
/** Tests, and what they share in `test/support/`, may use whatever they need to set up their subject. */
const notTests = '(\\.test\\.ts$|^test/)';

/** Every folder of the project that `from` may not import. */
function onlyFolders(from, allowed, why) {
  const forbidden = sources.filter((folder) => folder !== from && !allowed.includes(folder));
  return {
    name: `${from}-imports`,
    comment: why,
    severity: 'error',
    from: { path: `^${from}/`, pathNot: notTests },
    to: { path: `^(${forbidden.join('|')})/` },
  };
}

/** Every npm package that `from` may not import. */
function onlyPackages(from, allowed, why) {
  return {
    name: `${from}-packages`,
    comment: why,
    severity: 'error',
    from: { path: `^${from}/`, pathNot: notTests },
    to: { dependencyTypesNot: ['local', 'core'], pathNot: [`node_modules/(${allowed.join('|')})/`, `^(${sources.join('|')})/`] },
  };
}

module.exports = {
  forbidden: [
    onlyFolders('domain', [], 'domain is pure: everybody may import it, it imports nobody'),
    onlyPackages(
      'domain',
      ['zod', 'yaml', 'canonicalize', 'fastest-levenshtein', '@noble/[^/]+', '@scure/[^/]+'],
      'domain also runs in the workflow sandbox: pure JavaScript only',
    ),
    {
      name: 'domain-no-node',
      comment: 'domain also runs in the workflow sandbox, which has no Node built-ins',
      severity: 'error',
      from: { path: '^(domain|workflows)/', pathNot: notTests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'release-below-access',
      comment: 'what releases did stands below: previews, rechecks and drift are worked out from it, and never the other way round',
      severity: 'error',
      from: { path: '^domain/release/', pathNot: notTests },
      to: { path: '^domain/access/' },
    },
    onlyFolders('charts', ['domain'], 'a chart is worked out from what views show, and says nothing of where it is drawn'),
    onlyPackages('charts', ['d3-[^/]+'], 'scales and shapes come from one library'),
    onlyFolders('workflows', ['domain', 'activities'], 'workflows decide, by rules of domain; what touches the world is an activity, known here by its type'),
    {
      name: 'workflows-activity-contract',
      comment: 'of the activities, workflows know the contract: a file of types',
      severity: 'error',
      from: { path: '^workflows/', pathNot: notTests },
      to: { path: '^activities/(?!contract\\.ts)' },
    },
    onlyPackages('workflows', ['@temporalio/workflow', '@temporalio/common'], 'the workflow bundle holds domain and the Temporal SDK, nothing else'),
    onlyFolders(
      'activities',
      ['domain', 'channels', 'connectors', 'telemetry', 'store'],
      'activities speak to systems, providers of metrics and people through the interfaces of connectors, telemetry, channels and store',
    ),
    {
      name: 'activities-interfaces',
      comment:
        'an activity knows a system, a provider, a channel or the store by its interface; the worker hands in the real one. It verifies signatures as the store does',
      severity: 'error',
      from: { path: '^activities/', pathNot: notTests },
      to: {
        path: ['^connectors/(?!connector\\.ts)', '^telemetry/(?!provider\\.ts)', '^channels/(?!channel\\.ts)', '^store/(?!(contract|native-signatures)\\.ts)'],
      },
    },
    onlyPackages('activities', ['@temporalio/activity', '@temporalio/common'], 'clients of systems belong to connectors and telemetry'),
    onlyFolders('channels', ['domain', 'cli'], 'a channel makes its words from a notice and the plan'),
    {
      name: 'channels-command',
      comment: 'the command that answers a request is made in one file; of the command line, channels know no other',
      severity: 'error',
      from: { path: '^channels/', pathNot: notTests },
      to: { path: '^cli/(?!action-command\\.ts)' },
    },
    {
      name: 'action-command-alone',
      comment: 'workers load it with the channels: it must not bring the command line along',
      severity: 'error',
      from: { path: '^cli/action-command\\.ts$' },
      to: { pathNot: '^(domain/(notices/action|address)|cli/shell-word)\\.ts$' },
    },
    onlyPackages('channels', ['nodemailer'], 'how people are reached is each channel’s own'),
    {
      name: 'channels-apart',
      comment: 'each channel can be read, changed and removed alone',
      severity: 'error',
      from: { path: '^channels/(webhook|smtp|terminal)\\.ts$' },
      to: { path: '^channels/(?!(channel|notice-words)\\.ts)' },
    },
    onlyFolders('connectors', ['domain', 'clients'], 'a connector knows the rules and its own system'),
    {
      name: 'connectors-apart',
      comment: 'each connector can be read, changed and removed alone',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: notTests },
      to: { path: '^connectors/[^/]+/', pathNot: '^connectors/$1/' },
    },
    onlyFolders('telemetry', ['domain', 'clients'], 'a provider of metrics knows the rules and whom it asks'),
    {
      name: 'telemetry-apart',
      comment: 'each provider can be read, changed and removed alone',
      severity: 'error',
      from: { path: '^telemetry/([^/]+)/', pathNot: notTests },
      to: { path: '^telemetry/[^/]+/', pathNot: '^telemetry/$1/' },
    },
    onlyFolders(
      'clients',
      ['domain'],
      'a client is what a connector and a provider of metrics share where both speak to the same kind of server, and knows neither',
    ),
    onlyPackages('clients', ['pg'], 'a client speaks one protocol by one library'),
    onlyFolders('store', ['domain'], 'the store knows the rules and PostgreSQL'),
    onlyFolders(
      'api',
      ['domain', 'store', 'settings'],
      'the API sends messages by name and reads the store; it never runs code of workflows, activities or connectors',
    ),
    onlyFolders('cli', ['domain', 'charts', 'discover', 'doctor', 'settings'], 'the command talks to the API; validate, init and doctor work alone'),
    {
      name: 'cli-site-file',
      comment:
        'of the settings of servers, the command knows the site file, which validate and doctor read and init writes, the schema beside it and beside a plan, and where npm start listens',
      severity: 'error',
      from: { path: '^cli/', pathNot: notTests },
      to: { path: '^settings/(?!(site|first-site-file|schema-beside|own-endpoint)\\.ts)' },
    },
    {
      name: 'cli-starts-fast',
      comment: 'what reads databases and asks servers is loaded by the one command that needs it, when it runs',
      severity: 'error',
      from: { path: '^cli/', pathNot: notTests },
      to: { path: '^(discover|doctor)/', dynamic: false },
    },
    onlyFolders('discover', ['domain', 'connectors', 'clients'], 'reads a database, as a connector does, and writes a plan by the rules of domain'),
    onlyPackages('discover', ['pg'], 'reading a database and writing text needs no more'),
    onlyFolders(
      'doctor',
      ['domain', 'connectors', 'telemetry', 'clients', 'store', 'settings', 'channels', 'provision'],
      'asks each piece by the same code that uses it',
    ),
    {
      name: 'doctor-asks-only',
      comment: 'the doctor starts nothing and sends nothing: of provision and channels it knows what is set and what is there',
      severity: 'error',
      from: { path: '^doctor/', pathNot: notTests },
      to: { path: '^(provision/(?!search-attributes\\.ts)|channels/(?!settings\\.ts))' },
    },
    onlyFolders(
      'worker',
      ['domain', 'workflows', 'activities', 'channels', 'connectors', 'telemetry', 'clients', 'store', 'settings', 'provision'],
      'the one place where everything is wired',
    ),
    {
      name: 'worker-provision',
      comment: 'a worker prepares its Temporal namespace; it never starts a server',
      severity: 'error',
      from: { path: '^worker/', pathNot: notTests },
      to: { path: '^provision/(?!search-attributes\\.ts)' },
    },
    onlyFolders('settings', ['domain'], 'what several programs read from their environment in the same way'),
    onlyPackages('settings', ['@temporalio/envconfig', 'zod'], 'reading settings needs no client of anything'),
    onlyFolders('provision', ['domain', 'settings'], 'finding and starting servers is nobody else’s business'),
    onlyFolders('demo', ['domain', 'provision', 'cli'], 'the demonstration uses the product from outside, by HTTP, SQL and LDAP, as a person would'),
    {
      name: 'demo-table',
      comment: 'of the command, the demonstration shows the same table; everything else it does by HTTP',
      severity: 'error',
      from: { path: '^demo/', pathNot: notTests },
      to: { path: '^cli/(?!table\\.ts)' },
    },
    onlyFolders(
      'bench',
      ['domain', 'settings', 'api', 'worker', 'store', 'connectors', 'activities', 'provision'],
      'the bench drives the real pieces from outside: worker and endpoint as processes, and effects on a real PostgreSQL',
    ),
    {
      name: 'bench-bare',
      comment: 'the workflow that the product is measured against has nothing of the product in it',
      severity: 'error',
      from: { path: '^bench/engine/bare\\.ts$' },
      to: { path: `^(${sources.join('|')})/` },
    },
    onlyFolders('containers', [], 'what stands in an image beside the product: scripts and one health check'),
    onlyFolders('web', ['domain', 'charts'], 'the pages know the API by its types, and pure rules of domain'),
    onlyPackages('web', ['preact', 'vite'], 'a page carries what it draws with, and nothing else'),
    { name: 'no-circular', comment: 'a circle cannot be read from one end', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-test',
      comment: 'tests are imported by tests only',
      severity: 'error',
      from: { pathNot: notTests },
      to: { path: notTests, pathNot: 'node_modules' },
    },
    { name: 'resolvable', comment: 'the import names nothing that is there', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency',
      comment: 'what runs in production is a dependency, not a devDependency',
      severity: 'error',
      from: {
        path: `^(${sources.join('|')})/`,
        pathNot: [notTests, '^provision/(sdk-download|bundle-command|scimmy-app)\\.ts$', '^bench/', '^web/(build|vite\\.config)\\.ts$'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'sdk-download-apart',
      comment: 'the one file that loads a devDependency runs as a process of its own, and only where no server is named',
      severity: 'error',
      from: { path: '^provision/sdk-download\\.ts$' },
      to: { path: '@temporalio/testing', dynamic: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/.*/node_modules|\\.rolewave|coverage|web/dist)(/|$)' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.json'] },
    reporterOptions: {
      archi: { collapsePattern: '^(?:domain|workflows|activities|channels|connectors|telemetry|clients|store|api|cli|worker|provision|demo)' },
    },
  },
};
