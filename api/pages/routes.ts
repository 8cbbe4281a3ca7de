/** The pages, for browsers with a session: one built page for every path that it has, and its files. */
import { join } from 'node:path';
import express from 'express';
import type { Request, Response, Router } from 'express';
import { Problem } from '../errors.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Services } from '../route.ts';
import { html, page } from '../sign-in/html.ts';
import { builtFiles, isBuilt, pagePaths, usualPagesFolder } from './built.ts';

export function pageRoutes({ authentication, pagesFolder = usualPagesFolder }: Services, rates: RateLimits): Router {
  const router = express.Router({ caseSensitive: true });
  const files = builtFiles(pagesFolder);

  async function isSignedIn(request: Request): Promise<boolean> {
    try {
      return (await authentication.ofPage(request)) !== undefined;
    } catch (error) {
      await rates.ofAddress(request.socket.remoteAddress);
      if (error instanceof Problem && error.code === 'session-over') return false;
      throw error;
    }
  }

  router.get(pagePaths, async (request: Request, response: Response) => {
    response.set('Cache-Control', 'no-cache').vary('Cookie');
    if (!(await isSignedIn(request))) return void response.redirect(302, `/sign-in?to=${encodeURIComponent(request.originalUrl)}`);
    if (!(await isBuilt(pagesFolder))) return void response.status(503).send(page('The pages are not built yet', notBuilt));
    response.sendFile(join(pagesFolder, 'index.html'), { cacheControl: false });
  });
  router.get('/index.html', (_request, response) => void response.redirect(301, '/'));
  router.get(['/assets/*file', '/:file'], files);
  return router;
}

const notBuilt = html`<p>The API works. The pages in front of it are made once, by this command in Rolewave’s folder:</p>
  <pre><code>npm run build:web</code></pre>
  <p class="soft">It takes a few seconds. Then reload this page; the API need not be restarted.</p>`;
