/**
 * An event stream as somebody writes it by hand with node:http and pg: it reads what happened from the same PostgreSQL, as often as the product does, and writes
 * it to everybody. Nobody has to sign in, nothing is decided for anyone, and nothing is caught up with. It imports nothing from the product.
 */
import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';

const clients = new Set<ServerResponse>();
const database = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
let position = 0;

async function poll(): Promise<void> {
  const { rows } = await database.query<{ position: number; text: string }>('select position, text from bench_events where position > $1 order by position', [
    position,
  ]);
  position = rows.at(-1)?.position ?? position;
  const text = rows.map((row) => row.text).join('');
  if (text !== '') for (const client of clients) client.write(text);
  setTimeout(() => void poll(), 400);
}

createServer((request, response) => {
  if (request.url === '/healthz') return void response.end('ok');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('event: heartbeat\ndata: {}\n\n');
  clients.add(response);
  response.once('close', () => clients.delete(response));
}).listen(Number(process.env['ROLEWAVE_PORT']), '127.0.0.1');
setInterval(() => clients.forEach((client) => client.write('event: heartbeat\ndata: {}\n\n')), 10_000);
process.once('SIGTERM', () => process.exit(0));
await poll();
