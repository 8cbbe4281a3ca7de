/**
 * docs/http-api.md, made from the routes and the catalogue of errors. `node api/reference-page.ts` writes it; a test fails when it is out of date.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { catalogue, errorCodes } from './errors.ts';
import { commonProblems } from './message-route.ts';
import { openApiPath, problemsOf, queryParameters, type ParameterSchema } from './openapi.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

export const pageFile = fileURLToPath(new URL('../docs/http-api.md', import.meta.url));

const groups = { service: 'Service', plans: 'Plans', waves: 'Waves', packages: 'Packages', notices: 'Notices', events: 'Events' } as const;

export function referencePage(): string {
  return (
    [
      '# HTTP API',
      '<!-- Made by `node api/reference-page.ts` from the routes themselves; edit those. -->',
      '`GET /openapi.json` has every request and answer in full. Who is asking is said by `Authorization: Bearer <JWT>`, whose `sub` is the person\'s id of the plan. Plans are sent as YAML, everything else as JSON. Dates and durations may be written as text (`"goLive": "2026-05-04"`, `"until": "2026-05-04"`, `"by": "7d"`, `"expires": "2026-06-01"`, `"riskUntil": "2026-10-01"`, `"took": "45m"`) in place of their fields in milliseconds (`goLiveMs`, `untilMs`, and so on).',
      'A message (every POST to a wave or a package) is answered with 200 `{"status":"accepted","id":…}`, with the reason why not, or with 202 `{"status":"received","id":…,"statusUrl":…}` when no worker was there to decide it: it is kept, and `statusUrl` says later how it was decided. With the header `Idempotency-Key` (or `id` in the body) a request may be repeated: it counts once and is answered the same. Any message may be refused with the codes that the table below leaves out: `not-authorized`, `wrong-stage`, `malformed`, `ended`, `not-released`, and those for names that are not known.',
      'A list (`GET /v1/waves`, `/v1/packages`, `/v1/notices`, `/v1/events`) comes page by page. `next` is the `cursor` of the following page; the last page has none. A row must match every filter; of several values (`?risk=low,high` or `?risk=low&risk=high`), one is enough. Each page starts after the last row of the previous one, so rows that come and go in between neither hide nor repeat others; new rows appear where the order of the list puts them. A cursor survives a restart of the endpoint.',
      ...Object.entries(groups).flatMap(([group, heading]) => [`## ${heading}`, routeTable(routes.filter((route) => route.group === group))]),
      '## Errors',
      'Every error is `application/problem+json` with `code`, `title`, `status`, `detail` (this very case, for people), `whatToDo` and `instance` (the request, as in the log). `mistakes` lists every mistake of a plan or a body with its place.',
      [
        '| code | status | title | what to do |',
        '|---|---|---|---|',
        ...errorCodes.map((code) => `| \`${code}\` | ${catalogue[code].status} | ${cell(catalogue[code].title)} | ${cell(catalogue[code].whatToDo)} |`),
      ].join('\n'),
    ].join('\n\n') + '\n'
  );
}

function routeTable(listed: Route[]): string {
  const rows = listed.map(
    (route) =>
      `| \`${route.method.toUpperCase()} ${openApiPath(route.path)}\` | ${cell(route.summary)} | ${Object.keys(route.answers).join(', ')} | ${ownProblems(route)} |`,
  );
  const table = ['| | | answers | errors of its own |', '|---|---|---|---|', ...rows].join('\n');
  return [table, ...listed.filter(({ query }) => query !== undefined).map(parameterTable)].join('\n\n');
}

function parameterTable(route: Route): string {
  const rows = queryParameters(route).map(({ name, schema }) => `| \`${name}\` | ${cell(valuesOf(schema))} | ${cell(schema.description ?? '')} |`);
  return [`Parameters of \`${route.method.toUpperCase()} ${openApiPath(route.path)}\`:`, '', '| parameter | value | |', '|---|---|---|', ...rows].join('\n');
}

function valuesOf({ type, items, enum: among }: ParameterSchema): string {
  if (items) return `one or several: ${valuesOf(items)}`;
  return among ? among.map((value) => `\`${value}\``).join(', ') : type === 'boolean' ? '`true`, `false`' : (type ?? 'text');
}

/** Those that every route, or every message, has are left out; the page says so once. */
const everywhere = new Set([
  ...commonProblems,
  'unknown-package',
  'not-released',
  'no-token',
  'bad-token',
  'identity-unreachable',
  'store-unreachable',
  'internal',
  'too-large',
  'not-json',
  'wrong-content-type',
  'malformed',
  'no-record',
  'no-worker',
  'engine-unreachable',
]);
const ownProblems = (route: Route) =>
  problemsOf(route)
    .filter((code) => !everywhere.has(code))
    .join(', ');

const cell = (text: string) => text.replaceAll('|', '\\|');

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(pageFile, referencePage());
