/** The OpenAPI 3.1 document, generated from the routes. */
import { z } from 'zod';
import { idPattern } from '../domain/plan/fields.ts';
import { problemView } from '../domain/views/problem.ts';
import { catalog } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { readers } from './readers.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

export const openApiPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** Problems of every route, in addition to its own. */
export function problemsOf({ path, query, reads, method, body, problems }: Route): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...(reads === 'anyone' ? [] : (['no-token', 'bad-token', 'session-over', 'cross-site', 'identity-unreachable'] as const)),
      ...(reads === 'anyone' && method === 'get' ? [] : (['too-many-requests'] as const)),
      ...readers[reads].problems,
      ...(body === undefined ? [] : (['too-large'] as const)),
      ...(body === undefined || body === 'yaml' ? [] : (['malformed', 'not-json', 'wrong-content-type'] as const)),
      ...(query === undefined && !path.includes(':') ? [] : (['malformed'] as const)),
      ...problems,
      'unreadable-request',
      'expectation-failed',
      'wrong-method',
      'too-slow',
      'headers-too-large',
      'store-unreachable',
      'internal',
    ]),
  ];
}

export function openApiDocument(routes: Route[]): Json {
  const paths: Record<string, Json> = {};
  const named: Named = new Map();
  for (const route of routes) (paths[openApiPath(route.path)] ??= {})[route.method] = operation(route, named);
  const problem = schemaOf(problemView, 'output', named);
  paths['/openapi.json'] = { get: aboutThisDocument };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rolewave',
      version: '1',
      description: 'Releases reviewed access roles in waves. Every error is application/problem+json with a stable `code`.',
    },
    paths,
    components: {
      securitySchemes: {
        person: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "`sub`, or the claim that the API's settings name, is the person's id in the plan",
        },
      },
      schemas: { Problem: problem, ...Object.fromEntries(named) },
    },
  };
}

const aboutThisDocument: Json = {
  summary: 'This document',
  description: `For ${readers.anyone.who}.`,
  tags: ['service'],
  security: [],
  responses: { 200: { description: 'the OpenAPI document', content: { 'application/json': { schema: { type: 'object' } } } } },
};

function operation(route: Route, named: Named): Json {
  const { summary, group, reads, answers } = route;
  return {
    summary,
    description: `For ${readers[reads].who}.`,
    tags: [group],
    ...(reads === 'anyone' ? { security: [] } : { security: [{ person: [] }] }),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, named) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { what, schema, type = 'application/json' }]) => [
          status,
          { description: what, content: { [type]: { schema: schemaOf(schema, 'output', named) } } },
        ]),
      ),
      ...problemResponses(route),
    },
  };
}

function requestBody(body: NonNullable<Route['body']>, named: Named): Json {
  if (body === 'yaml') return { required: true, content: { 'application/yaml': { schema: { type: 'string', description: 'a plan' } } } };
  return { content: { 'application/json': { schema: schemaOf(body, 'input', named) } } };
}

/** As `checkedIds` reads them: ids of messages and notices have no form of their own. */
const pathSchema = (name: string): Json => (name === 'id' ? { type: 'string', minLength: 1 } : { type: 'string', pattern: idPattern.source });

const headerForms: Record<string, Json> = {
  'If-Match': { pattern: '^[0-9]{1,9}$' },
  'Idempotency-Key': { pattern: '^[!-~]{8,100}$' },
  'Last-Event-ID': { pattern: '^[0-9]{1,15}$' },
};

function parametersOf(route: Route): Json[] {
  const { path, headers = {} } = route;
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({ name, in: 'path', required: true, schema: pathSchema(name) })),
    ...queryParameters(route).map(({ name, schema }) => ({ name, in: 'query', required: false, ...aboutParameter(schema), schema })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string', ...headerForms[name] },
    })),
  ];
}

export interface ParameterSchema {
  type?: string;
  description?: string;
  enum?: string[];
  items?: ParameterSchema;
}

/** In the order in which the route names them. */
export function queryParameters({ query }: Route): { name: string; schema: ParameterSchema }[] {
  const shape = query === undefined ? {} : (schemaOf(query, 'input', new Map())['properties'] as Record<string, ParameterSchema>);
  return Object.entries(shape).map(([name, schema]) => ({ name, schema }));
}

/** Several values are separated by commas. */
const aboutParameter = ({ description, type }: ParameterSchema): Json => ({
  ...(description === undefined ? {} : { description }),
  ...(type === 'array' ? { style: 'form', explode: false } : {}),
});

/** One response per status; its description lists the codes. */
function problemResponses(route: Route): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => catalog[code].status);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.answers))
      .map(([status, codes]) => [
        status,
        {
          description: codes.map((code) => `${code}: ${catalog[code].title}`).join('; '),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  );
}

/** Schemas that several operations use, by name. */
type Named = Map<string, Json>;

/** zod puts named schemas beside each schema that uses them, where references from the whole document do not reach. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', named: Named): Json {
  const { $schema: _dialect, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as Json;
  // The same schema differs between what is read and what is written.
  const nameOf = (name: string) => (io === 'input' ? `${name}Input` : name);
  for (const [name, definition] of Object.entries($defs as Record<string, Json>)) named.set(nameOf(name), referring(definition, nameOf) as Json);
  return referring(rest, nameOf) as Json;
}

function referring(value: unknown, nameOf: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => referring(each, nameOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, given]) => !(key === 'id' && typeof given === 'string'))
      .map(([key, given]) => [
        key,
        key === '$ref' && typeof given === 'string' ? given.replace('#/$defs/', '#/components/schemas/').replace(/[^/]+$/, nameOf) : referring(given, nameOf),
      ]),
  );
}
