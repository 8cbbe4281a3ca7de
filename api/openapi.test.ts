import type { Express } from 'express';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';
import { openApiDocument, openApiPath } from './openapi.ts';
import type { Services } from './route.ts';
import { fixedSite } from '../settings/site.ts';
import { site } from '../test/support/site.ts';
import { routes } from './routes.ts';

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}
type Parameter = { name: string; required: boolean; description?: string; schema: object };
type Document = {
  paths: Record<string, Record<string, { parameters: Parameter[]; requestBody?: unknown; responses: Record<string, unknown>; security: unknown[] }>>;
};

const document = openApiDocument(routes) as unknown as Document;

/** What express has registered, without `all` (the answer to wrong methods) and the document itself. */
function registered(app: Express): string[] {
  const layers = (app.router as unknown as { stack: Layer[] }).stack;
  return layers.flatMap(({ route }) =>
    route && !('_all' in route.methods) && route.path !== '/openapi.json'
      ? Object.keys(route.methods).map((method) => `${method} ${openApiPath(route.path)}`)
      : [],
  );
}

test('every registered route is in the document, and the reverse', () => {
  const app = createApp(routes, { log: pino({ level: 'silent' }), site: fixedSite(site()) } as Services);
  const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  expect([...registered(app), 'get /openapi.json'].sort()).toEqual(described.sort());
  expect(described.length).toBe(routes.length + 1);
});

test('every operation describes its answers, its errors and its authentication', () => {
  for (const route of routes) {
    const operation = document.paths[openApiPath(route.path)]?.[route.method];
    for (const status of Object.keys(route.answers)) expect(operation?.responses).toHaveProperty(status);
    expect(operation?.responses).toHaveProperty('500');
    expect(operation?.security).toEqual(route.reads === 'anyone' ? [] : [{ person: [] }]);
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
  }
});

test('every reference leads to a schema of the document', () => {
  const all = document as unknown as { components: { schemas: Record<string, object> } };
  const references: string[] = [];
  JSON.stringify(all, (key, value: unknown) => {
    if (key === '$ref') references.push(String(value));
    return value;
  });
  expect(references.length).toBeGreaterThan(100);
  expect(new Set(references.map((reference) => reference.replace('#/components/schemas/', '')))).toEqual(new Set(Object.keys(all.components.schemas)));
});

test('only health and the demo tokens are open', () => {
  expect(routes.filter(({ reads }) => reads === 'anyone').map(({ path }) => path)).toEqual(['/healthz', '/readyz', '/v1/tokens']);
});

test('the bodies of messages are described in the form in which people write them', () => {
  const body = JSON.stringify(document.paths['/v1/waves/{plan}/{wave}/go-live']?.post?.requestBody);
  expect(body).toContain('"goLive"');
  expect(body).toContain('"goLiveMs"');
  expect(body).toContain('"id"');
});

test('lists describe their filters: what each may be, and that several values are possible', () => {
  const parameters = document.paths['/v1/packages']?.get?.parameters ?? [];
  expect(parameters.map(({ name }) => name)).toEqual(['plan', 'wave', 'state', 'owner', 'team', 'risk', 'text', 'since', 'limit', 'cursor']);
  expect(parameters.every(({ required, description }) => !required && description !== undefined)).toBe(true);
  expect(parameters.find(({ name }) => name === 'risk')).toMatchObject({
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { type: 'string', enum: ['low', 'medium', 'high'] } },
  });
  expect(parameters.find(({ name }) => name === 'limit')?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 500 });
});
