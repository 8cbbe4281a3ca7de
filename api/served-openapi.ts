/** The document of the API, which anyone may ask for: written and compressed once, and not sent again to those who have it. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { RequestHandler } from 'express';
import { openApiDocument } from './openapi.ts';
import type { Route } from './route.ts';

const keptFor = 'public, max-age=300';

export function servedOpenApi(routes: Route[]): RequestHandler {
  const document = Buffer.from(JSON.stringify(openApiDocument(routes)));
  const gzipped = gzipSync(document);
  const digest = createHash('sha256').update(document).digest('base64url').slice(0, 27);
  return (request, response) => {
    const small = request.acceptsEncodings('gzip') === 'gzip';
    response.type('json').set('Cache-Control', keptFor).vary('Accept-Encoding');
    if (small) response.set('Content-Encoding', 'gzip');
    // Another form of it has another name.
    response.set('ETag', `"${digest}${small ? '-gzip' : ''}"`).send(small ? gzipped : document);
  };
}
