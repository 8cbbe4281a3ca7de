import { expect, test } from 'vitest';
import { answerBytes, requestReader } from './messages.ts';

test('requests are whole, however their bytes arrive, and one after the other', () => {
  const all = Buffer.from(
    'PATCH /v2/Groups/1 HTTP/1.1\r\nHost: a:1\r\nIf-Match: "1:2"\r\nContent-Length: 4\r\n\r\n{{\r\nGET /v2/Users?a=b HTTP/1.1\r\nHost: a:1\r\n\r\n',
  );
  for (let size = 1; size <= all.length; size++) {
    const read = requestReader();
    const found = [];
    for (let at = 0; at < all.length; at += size) found.push(...read(all.subarray(at, at + size)));
    expect(found.map(({ method, path, headers, body }) => [method, path, headers['if-match'], body.toString()])).toEqual([
      ['PATCH', '/v2/Groups/1', '"1:2"', '{{\r\n'],
      ['GET', '/v2/Users?a=b', undefined, ''],
    ]);
  }
});

test('an answer has the length of its body, and none where its status has no body', () => {
  const bytes = (status: number) => answerBytes({ status, headers: { etag: '"1"', 'transfer-encoding': 'chunked' }, body: Buffer.from('äb') }).toString();
  expect(bytes(200)).toBe('HTTP/1.1 200 told\r\netag: "1"\r\ncontent-length: 3\r\n\r\näb');
  expect(bytes(204)).toBe('HTTP/1.1 204 told\r\netag: "1"\r\n\r\n');
});
