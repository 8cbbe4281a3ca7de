/** The pages, for browsers with a session: one built page for every path that it has, and its files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';
import type { Request, Router } from 'express';
import { clientAddress } from '../client-address.ts';
import { Problem } from '../errors.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { RequestsAtOnce } from '../requests-at-once.ts';
import type { Services } from '../route.ts';
import type { SignedIn } from '../sessions/authenticate.ts';
import { html, page } from '../sign-in/html.ts';
import { handler } from './handler.ts';
import { whenClosed } from '../when-closed.ts';
import { withAnswers } from './shipped.ts';
import { builtFiles, isBuilt, pagePaths, usualPagesFolder } from './built.ts';

export function pageRoutes(services: Services, rates: RateLimits, atOnce: RequestsAtOnce): Router {
  const { authentication, pagesFolder = usualPagesFolder } = services;
  const router = express.Router({ caseSensitive: true });
  const files = builtFiles(pagesFolder, (request) => rates.ofFile(clientAddress(request)));

  async function signedIn(request: Request): Promise<SignedIn | undefined> {
    try {
      return await authentication.ofPage(request);
    } catch (error) {
      await rates.ofBrowser(clientAddress(request));
      if (error instanceof Problem && error.code === 'session-over') return undefined;
      throw error;
    }
  }

  const showPage = handler(async (request, response) => {
    response.set('Cache-Control', 'no-store').vary('Cookie');
    const found = await signedIn(request);
    if (!found) return response.redirect(302, `/sign-in?to=${encodeURIComponent(request.originalUrl)}`);
    // A page is a question for what it shows first.
    await rates.ofPerson(found.caller.id, { method: 'get' });
    if (!(await isBuilt(pagesFolder))) return response.status(503).send(page('The pages are not built yet', notBuilt));
    const leaving = new AbortController();
    whenClosed(response, () => leaving.abort());
    const document = await readFile(join(pagesFolder, 'index.html'), 'utf8');
    response.type('html').send(await withAnswers(document, { request, signedIn: found, gone: leaving.signal }, services, atOnce));
  });
  router.get(pagePaths, showPage);
  // As the API has it: people type the one for the other.
  router.get('/calendar', (_request, response) => response.redirect(301, '/waves'));
  router.get('/index.html', (_request, response) => response.redirect(301, '/'));
  router.get(['/assets/*file', '/:file'], files);
  return router;
}

const notBuilt = html`<p>The API works. The pages in front of it are made once, by this command in Rolewave’s folder:</p>
  <pre><code>npm run build:web</code></pre>
  <p class="soft">It takes a few seconds. Then reload this page; the API need not be restarted.</p>`;
