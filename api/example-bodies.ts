/** One body for each route that takes JSON, by the last part of its path; a test holds each against its route's schema. For docs/http-api.md. */
import type { Route } from './route.ts';

const digest = '5d41402abc4b2a76b9719d911017c592ae0dd13b2c0a1f6a2f0e6cb3c1a7e5d1';
const reason = 'Agreed with the ERP team, CHANGE-17';

const bodies: Record<string, object> = {
  tokens: { person: 'olga' },
  notes: { text: 'Close went well, two questions on allocations' },
  'go-live': { goLive: '2026-05-04' },
  'lift-hold': { goLive: '2026-05-04', pilot: ['bruno', 'carla'], since: 3, reason },
  abort: { reason },
  review: {
    successes: 'Close in three days',
    challenges: 'One archive grant',
    improvements: 'Ask HR earlier',
    actions: [{ what: 'Retire the old transaction', owner: 'olga' }],
  },
  'sign-offs': { decision: 'approve', planDigest: digest, previewDigest: digest },
  evidence: { item: 'drill', reference: 'OPS-441', took: '40m' },
  'hold-back': { reason },
  evaluate: {},
  extend: { by: '7d', reason },
  pause: { reason },
  resume: {},
  tune: { step: 'narrow', people: ['bruno'], reason },
  rollback: { reason },
  decisions: { proposal: 'rollback-1', kind: 'rollback', answer: 'freeze', until: '2026-05-04', reason },
  certifications: { reason, riskUntil: '2026-10-01' },
  claims: { grants: [{ system: 'erp', role: 'month_end_close', person: 'bruno' }], until: '2026-05-11', reason: 'The auditors need the close of April' },
  'claim-ends': { claim: '1f6c2c1e-6a1b-4a57-9a55-6f0a4c7f5d11', reason: 'The audit is done' },
  'accepted-content': { system: 'erp', role: 'month_end_close', digest, reason },
};

/** Undefined: the route takes no JSON. */
export function exampleBody({ path, body }: Pick<Route, 'path' | 'body'>): object | undefined {
  return body === undefined || body === 'yaml' ? undefined : bodies[path.slice(path.lastIndexOf('/') + 1)];
}
