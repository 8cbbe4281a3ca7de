import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TrustedKey } from '../domain/authority/keys.ts';
import { verifyMessage } from '../domain/authority/jws.ts';
import { waveMessageSchemas } from '../domain/messages.ts';
import { newKey } from '../test/support/keys.ts';
import { nativeSignature } from './native-signatures.ts';

const body = { id: 'message-1', type: 'note', plan: 'p', wave: 'w', by: 'olga', atMs: 1, expiresMs: 2, body: { text: 'hello' } };

function sealed(curve: 'Ed25519' | 'P-256'): { jws: string; key: TrustedKey } {
  const key = newKey('k', curve);
  return { jws: key.seal(body), key: key.trusted };
}

for (const curve of ['Ed25519', 'P-256'] as const) {
  test(`a message sealed with ${curve} is valid for its key and for no other, as in pure JavaScript`, () => {
    const { jws, key } = sealed(curve);
    const other = { ...sealed(curve).key };
    for (const check of [nativeSignature, undefined]) {
      expect(verifyMessage(jws, [key], waveMessageSchemas, 'note', check)).toMatchObject({ ok: true, message: body });
      expect(verifyMessage(jws, [other], waveMessageSchemas, 'note', check)).toMatchObject({ ok: false, code: 'bad-signature' });
    }
  });

  test(`a signature with ${curve} is invalid with any flipped bit or with a malformed key`, () => {
    const { jws, key } = sealed(curve);
    const [header, payload, signature = ''] = jws.split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), (bit) => {
        const bytes = Buffer.from(signature, 'base64url');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(nativeSignature(signed, key, bytes)).toBe(false);
      }),
    );
    expect(nativeSignature(signed, { ...key, x: 'AAAA' }, Buffer.from(signature, 'base64url'))).toBe(false);
    expect(nativeSignature(signed, key, Buffer.alloc(0))).toBe(false);
  });
}
