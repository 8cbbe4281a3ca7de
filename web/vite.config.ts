/**
 * Builds the pages into web/dist: `npm run build:web`. `npm run web` serves them while they are being changed, with everything below /v1 from an endpoint:
 * ROLEWAVE_URL (http://127.0.0.1:8088). With ROLEWAVE_TOKEN its requests carry that token, as the command's do; without it one signs in as anywhere.
 */
import { defineConfig, type Plugin } from 'vite';

const endpoint = process.env['ROLEWAVE_URL'] ?? 'http://127.0.0.1:8088';
const token = process.env['ROLEWAVE_TOKEN'];
const toEndpoint = { target: endpoint, ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }) };

/**
 * The first paint shows content: a browser that knows `blocking` waits for the script, which draws what came with the document. Vite writes the script's element
 * anew, so the attribute is put there afterwards. Others draw the frame of index.html in the meantime.
 */
const drawFirst: Plugin = {
  name: 'draw-first',
  transformIndexHtml: { order: 'post', handler: (html) => html.replace('<script type="module"', '<script blocking="render" type="module"') },
};

export default defineConfig({
  root: import.meta.dirname,
  appType: 'spa',
  plugins: [drawFirst],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows files of their own origin only: nothing may become a data: address.
    assetsInlineLimit: 0,
    // The polyfill would be a script of its own in every page; browsers of the target preload modules themselves.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': toEndpoint, '/sign-in': toEndpoint, '/sign-out': toEndpoint } },
});
