/** The pages as Vite has built them: web/dist, with assets whose names have their digest. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { RequestHandler } from 'express';

export const usualPagesFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Each is the same page, which reads its own address; anything else is not found. */
export const pagePaths = ['/', '/packages/:plan/:wave/:package', '/waves', '/waves/:plan/:wave', '/requests', '/requests/*id', '/leadership'];

export const isBuilt = (folder: string): Promise<boolean> =>
  access(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );

/** As Vite names them: nothing that is decoded leads to another file. */
const plainName = /^\/(?:assets\/)?[\w][\w.-]*$/;

/** Files beside the page: no listing, no dot files, and not the page itself, which needs a session. Calls on where there is no such file. */
export function builtFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    etag: true,
    setHeaders: (response, file) =>
      void response.setHeader('Cache-Control', file.startsWith(join(folder, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache'),
  });
  return (request, response, next) => {
    if (!plainName.test(request.path) || request.path.toLowerCase().endsWith('.html')) return next();
    files(request, response, next);
  };
}
