/** The OpenAPI 3.1 document, generated from the routes. */
import { z } from 'zod';
import { problemView } from '../domain/views/problem.ts';
import { catalog } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { readers } from './reads.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

export const openApiPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** Problems of every route, in addition to its own. */
export function problemsOf({ reads, method, body, problems }: Route): ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...(reads === 'anyone' ? [] : (['no-token', 'bad-token', 'identity-unreachable'] as const)),
      ...(reads === 'anyone' && method === 'get' ? [] : (['too-many-requests'] as const)),
      ...readers[reads].problems,
      ...(body === undefined ? [] : (['too-large'] as const)),
      ...(body === undefined || body === 'yaml' ? [] : (['malformed', 'not-json', 'wrong-content-type'] as const)),
      ...problems,
      'store-unreachable',
      'internal',
    ]),
  ];
}

export function openApiDocument(routes: Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[openApiPath(route.path)] ??= {})[route.method] = operation(route);
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
      schemas: { Problem: schemaOf(problemView, 'output') },
    },
  };
}

function operation(route: Route): Json {
  const { summary, group, reads, answers } = route;
  return {
    summary,
    description: `For ${readers[reads].who}.`,
    tags: [group],
    ...(reads === 'anyone' ? { security: [] } : { security: [{ person: [] }] }),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { what, schema }]) => [
          status,
          { description: what, content: { 'application/json': { schema: schemaOf(schema, 'output') } } },
        ]),
      ),
      ...problemResponses(route),
    },
  };
}

function requestBody(body: NonNullable<Route['body']>): Json {
  if (body === 'yaml') return { required: true, content: { 'application/yaml': { schema: { type: 'string', description: 'a plan' } } } };
  return { content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function parametersOf(route: Route): Json[] {
  const { path, headers = {} } = route;
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...queryParameters(route).map(({ name, schema }) => ({ name, in: 'query', required: false, ...aboutParameter(schema), schema })),
    ...Object.entries(headers).map(([name, description]) => ({ name, in: 'header', required: false, description, schema: { type: 'string' } })),
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
  const shape = query === undefined ? {} : (schemaOf(query, 'input')['properties'] as Record<string, ParameterSchema>);
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

/** Named schemas are inlined where they are used: programs read the document, and one without references is easier for all of them. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' });
  return rest;
}
