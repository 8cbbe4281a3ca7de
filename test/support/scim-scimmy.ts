/** For tests: the careless SCIM server of scimmy-routers (provision/scimmy-app.ts), in the test's own process. */
import { listenScimmy } from '../../provision/scimmy-app.ts';
import { ScimAdmin, tokens, type TestScim } from './scim-server.ts';

/** Ends by `stop`. */
export async function startScimmy(): Promise<TestScim> {
  const { port, close } = await listenScimmy(Object.values(tokens));
  const baseUrl = `http://127.0.0.1:${port}/scim/v2`;
  return { host: '127.0.0.1', port, baseUrl, kim: new ScimAdmin(baseUrl), stop: close };
}
