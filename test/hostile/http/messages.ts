/** HTTP/1.1 requests of one connection as whole messages (RFC 9112): a head, and a body whose length the head tells. */

export interface HttpRequest {
  method: string;
  /** With the query. */
  path: string;
  /** By their names in small letters. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');

/** Takes data as it comes, and answers the requests that are whole by now. */
export function requestReader(): (data: Buffer) => HttpRequest[] {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const whole: HttpRequest[] = [];
    for (let read = firstIn(rest); read; read = firstIn(rest)) {
      whole.push(read.request);
      rest = rest.subarray(read.length);
    }
    return whole;
  };
}

function firstIn(data: Buffer): { request: HttpRequest; length: number } | undefined {
  const end = data.indexOf(headEnd);
  if (end < 0) return undefined;
  const [first = '', ...lines] = data.toString('latin1', 0, end).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  if (headers['transfer-encoding'] !== undefined) throw new Error('a request in chunks, which nobody here sends');
  const start = end + headEnd.length;
  const length = start + Number(headers['content-length'] ?? 0);
  return data.length < length ? undefined : { request: { method, path, headers, body: data.subarray(start, length) }, length };
}

/** Of this connection alone, or told by `content-length`. */
const ofTheLine = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export function answerBytes({ status, headers, body }: HttpAnswer): Buffer {
  const kept = Object.entries(headers).filter(([name]) => !ofTheLine.has(name));
  // 204 and 304 have no body, and no length of one (RFC 9110, 8.6).
  const length = status === 204 || status === 304 ? [] : [`content-length: ${body.length}`];
  const head = [`HTTP/1.1 ${status} told`, ...kept.map(([name, value]) => `${name}: ${value}`), ...length].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), length.length === 0 ? Buffer.alloc(0) : body]);
}
