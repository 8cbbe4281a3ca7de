/** A server that speaks PostgreSQL's protocol as far as a test lets it: it takes every login, ends every transaction, and answers other statements with the bytes of the test. */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ScriptedPostgres {
  url: string;
  /** In place of the greeting. */
  greet: (socket: Socket) => void;
  answer: (socket: Socket) => void;
  stop(): Promise<void>;
}

/** A message of the server: its type, its length, and what it says. */
export function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
export const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const ready = message('Z', Buffer.from('I'));
export const done = (command: string): Buffer => Buffer.concat([message('C', text(command)), ready]);
/** `type`: the oid of it, of all of them; text by default. */
export const columns = (count: number, type = 25): Buffer =>
  message(
    'T',
    int16(count),
    ...Array.from({ length: count }, (_, at) => Buffer.concat([text(`c${at}`), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)])),
  );

/** As fast as it is taken, until the connection ends. */
export function pour(socket: Socket, piece: Buffer): void {
  const send = () => {
    while (!socket.destroyed && socket.write(piece));
    if (!socket.destroyed) socket.once('drain', send);
  };
  send();
}

const usualGreeting = (socket: Socket) =>
  void socket.write(Buffer.concat([message('R', int32(0)), message('S', text('server_version'), text('18.1')), message('K', int32(1), int32(2)), ready]));

export async function startScriptedPostgres(): Promise<ScriptedPostgres> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let [waiting, isFirst] = [Buffer.alloc(0), true];
    socket.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      while (waiting.length >= 8 || (!isFirst && waiting.length >= 5)) {
        const length = waiting.readInt32BE(isFirst ? 0 : 1) + (isFirst ? 0 : 1);
        if (waiting.length < length) return;
        const [type, body] = [isFirst ? '' : waiting.toString('latin1', 0, 1), waiting.toString('latin1', 5, length)];
        waiting = waiting.subarray(length);
        if (isFirst) scripted.greet(socket);
        else if (type === 'Q' && /^(begin|commit|rollback)/i.test(body)) socket.write(done(/^\w+/.exec(body)?.[0].toUpperCase() ?? ''));
        else if (type === 'Q' || type === 'S') scripted.answer(socket);
        isFirst = false;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedPostgres = {
    url: `postgres://rolewave:secret@127.0.0.1:${(server.address() as AddressInfo).port}/erp`,
    greet: usualGreeting,
    answer: (socket) => void socket.write(done('SELECT 0')),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scripted;
}
