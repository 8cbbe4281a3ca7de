/** The endpoint itself: whether it is ready, tokens of a demonstration, and what it knows about the caller. */
import { z } from 'zod';

const part = z.enum(['ok', 'unreachable']);

export const readyView = z
  .strictObject({
    status: z.enum(['ready', 'not-ready']),
    store: part,
    engine: part,
    failingWorkflows: z.int().exactOptional().describe('waves and packages whose workflow tasks fail again and again; absent where it is not known'),
    failing: z.array(z.string()).exactOptional().describe('their ids; for callers on this machine only'),
  })
  .meta({ id: 'Ready' });
export type ReadyView = z.output<typeof readyView>;

export const tokenView = z
  .strictObject({ token: z.string(), expiresAt: z.iso.datetime(), person: z.string().describe('whom it identifies') })
  .meta({ id: 'Token' });
export type TokenView = z.output<typeof tokenView>;

export const meView = z
  .strictObject({
    id: z.string().describe("the person's id in the plan"),
    name: z.string().describe('as a plan that they see writes it, or else their identity provider; the id where neither does'),
    how: z
      .enum(['oidc', 'loopback', 'token'])
      .describe('`oidc`: by a browser, at the identity provider. `loopback`: by a browser, picked on this machine. `token`: by a token'),
    signOut: z.string().exactOptional().describe('where a form is posted to sign out; absent for a token'),
    canSwitch: z.boolean().describe('whether /sign-in lets them act as someone else'),
    temporalUi: z
      .string()
      .exactOptional()
      .describe(
        "base address of workflows in Temporal's UI, `URL/namespaces/NAMESPACE/workflows`: a slash and the percent-encoded id of a workflow lead to its page. Absent: the settings do not name it",
      ),
  })
  .meta({ id: 'Me' });
export type MeView = z.output<typeof meView>;
