/** A server that speaks LDAP as far as a test lets it: it takes every bind, says who it is, and answers searches with the bytes of the test. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface ScriptedLdap {
  port: number;
  /** What a search is answered with; `id`: of its message. */
  answer: (socket: Socket, id: number) => void;
  /** The same of a change. */
  change: (socket: Socket, id: number) => void;
  stop(): Promise<void>;
}

const lengthOf = (length: number): Buffer => {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(5);
  bytes[0] = 0x84;
  bytes.writeUInt32BE(length, 1);
  return bytes;
};

/** BER (X.690): tag, length, value. */
export const tagged = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
};
export const integer = (value: number): Buffer => tagged(0x02, value < 128 ? Buffer.from([value]) : Buffer.from([value >> 16, value >> 8, value]));
export const octets = (text: string): Buffer => tagged(0x04, Buffer.from(text));

/** RFC 4511, 4.5.2. */
export const searchDone = (id: number, code = 0, said = ''): Buffer =>
  tagged(0x30, integer(id), tagged(0x65, Buffer.from([0x0a, 1, code]), octets(''), octets(said)));
const bound = (id: number): Buffer => tagged(0x30, integer(id), tagged(0x61, Buffer.from([0x0a, 1, 0]), octets(''), octets('')));
export const searchEntry = (id: number, dn: string, attributes: Record<string, string[]>): Buffer =>
  tagged(
    0x30,
    integer(id),
    tagged(
      0x64,
      octets(dn),
      tagged(0x30, ...Object.entries(attributes).map(([name, values]) => tagged(0x30, octets(name), tagged(0x31, ...values.map(octets))))),
    ),
  );

/** An entry whose values say that they are longer than it is: the library never stops reading them. */
export const lying = (id: number): Buffer =>
  tagged(0x30, integer(id), tagged(0x64, octets('cn=x,dc=x'), tagged(0x30, tagged(0x30, octets('cn'), Buffer.from([0x31, 0x7f]), octets('x')))));

/** More tiny messages than a stack is deep: the library calls itself for each. */
export const deep = (id: number): Buffer => Buffer.concat(Array<Buffer>(200_000).fill(tagged(0x30, integer(id), tagged(0x73))));

/** The messages of a client are short. */
function* messagesIn(bytes: Buffer): Generator<{ id: number; operation: number; text: string; end: number }> {
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = bytes[at + 1] ?? 0;
    const more = short & 0x80 ? short & 0x7f : 0;
    const length = more === 0 ? short : bytes.readUIntBE(at + 2, more);
    const [begin, end] = [at + 2 + more, at + 2 + more + length];
    if (end > bytes.length) return;
    const idLength = bytes[begin + 1] ?? 1;
    yield {
      id: bytes.readUIntBE(begin + 2, idLength),
      operation: bytes[begin + 2 + idLength] ?? 0,
      text: bytes.subarray(begin, end).toString('latin1'),
      end,
    };
    at = end;
  }
}

export async function startScriptedLdap(): Promise<ScriptedLdap> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let waiting = Buffer.alloc(0);
    socket.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      let read = 0;
      for (const { id, operation, text, end } of messagesIn(waiting)) {
        read = end;
        if (operation === 0x60) socket.write(bound(id));
        else if (operation === 0x63 && text.includes('namingContexts'))
          socket.write(Buffer.concat([searchEntry(id, '', { namingContexts: ['dc=x'] }), searchDone(id)]));
        else if (operation === 0x63) scripted.answer(socket, id);
        else if (operation === 0x66) scripted.change(socket, id);
      }
      waiting = waiting.subarray(read);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedLdap = {
    port: (server.address() as AddressInfo).port,
    answer: (socket, id) => void socket.write(searchDone(id)),
    change: () => undefined,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scripted;
}
