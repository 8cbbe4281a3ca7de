/** The pages as Vite has built them: web/dist, with assets whose names have their digest. */
import { createHash } from 'node:crypto';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler } from 'express';
import { atMostEvery } from '../../settings/at-most-every.ts';
import { handler } from './handler.ts';

export const usualPagesFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Each is the same page, which reads its own address; anything else is not found. */
export const pagePaths = ['/', '/packages/:plan/:wave/:package', '/waves', '/waves/:plan/:wave', '/requests', '/requests/*id', '/leadership', '/systems'];

export const isBuilt = (folder: string): Promise<boolean> =>
  access(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );

/** As Vite names them: nothing that is decoded leads to another file. */
const plainName = /^\/(?:assets\/)?[\w][\w.-]*$/;
/** As for the page, that they are built anew is noticed within this time. */
const lookedAtMs = 1_000;

interface File {
  body: Buffer;
  /** Undefined: it would be hardly smaller. */
  gzipped: Buffer | undefined;
  etag: string;
  cacheControl: string;
}

/**
 * Files beside the page, from memory: they are few, and nobody who asks for many of them opens any. No listing, no dot files, and not the page itself, which
 * needs a session. Calls on where there is no such file. `count`: throws where somebody asks for too many.
 */
export function builtFiles(folder: string, count: (request: Request) => Promise<void> = async () => undefined): RequestHandler {
  const files = filesOf(folder);
  return handler(async (request, response, next) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !plainName.test(request.path) || request.path.toLowerCase().endsWith('.html')) return next();
    await count(request);
    const found = (await files()).get(request.path);
    if (!found) return next();
    const gzipped = found.gzipped !== undefined && request.acceptsEncodings('gzip') === 'gzip' ? found.gzipped : undefined;
    response.type(extname(request.path)).set('Cache-Control', found.cacheControl).vary('Accept-Encoding');
    if (gzipped) response.set('Content-Encoding', 'gzip');
    // Another form of it has another name.
    response.set('ETag', gzipped ? found.etag.replace(/"$/, '-gzip"') : found.etag).send(gzipped ?? found.body);
  });
}

/** Read when they are asked for first, and again when the page was built anew. */
function filesOf(folder: string): () => Promise<ReadonlyMap<string, File>> {
  let known: { version: string; files: Promise<ReadonlyMap<string, File>> } = { version: '', files: Promise.resolve(new Map()) };
  const version = atMostEvery(lookedAtMs, async () => {
    const found = await stat(join(folder, 'index.html')).catch(() => undefined);
    return found ? `${found.mtimeMs}/${found.ino}` : '';
  });
  return async () => {
    const now = await version();
    if (known.version !== now) {
      const files = readAll(folder);
      known = { version: now, files };
      files.catch(() => (known = { version: '', files: Promise.resolve(new Map()) }));
    }
    return known.files;
  };
}

async function readAll(folder: string): Promise<ReadonlyMap<string, File>> {
  const names = [...(await filesIn(folder)), ...(await filesIn(join(folder, 'assets'))).map((name) => `assets/${name}`)];
  const found = await Promise.all(
    names.map(async (name): Promise<[string, File]> => {
      const body = await readFile(join(folder, name));
      const gzipped = await promisify(gzip)(body);
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      const cacheControl = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      return [`/${name}`, { body, gzipped: gzipped.length < 0.9 * body.length ? gzipped : undefined, etag, cacheControl }];
    }),
  );
  return new Map(found);
}

/** None where there is no such folder. */
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
