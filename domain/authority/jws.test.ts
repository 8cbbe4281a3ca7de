import { Buffer } from 'node:buffer';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageMessageSchemas, waveMessageSchemas } from '../messages.ts';
import type { TrustedKey } from './keys.ts';
import { messageLimit, verifyMessage, verifySeal } from './jws.ts';

const note = {
  id: 'note-0001',
  plan: 'spring',
  wave: 'wave-1',
  by: 'hana',
  atMs: 1_775_000_000_000,
  expiresMs: 1_775_000_900_000,
  type: 'note',
  body: { text: 'Büro zu — 休み' },
};
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

interface Signer {
  key: TrustedKey;
  alg: string;
  privateKey: CryptoKey;
}
let ed: Signer;
let es: Signer;
let keys: TrustedKey[];

async function signer(alg: 'Ed25519' | 'ES256', kid: string, sub?: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const { kty, crv, x, y } = await exportJWK(publicKey);
  return { key: { kid, kty, crv, x, ...(y ? { y } : {}), ...(sub ? { sub } : {}) } as TrustedKey, alg, privateKey };
}

async function imported(jwk: JWK, alg: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg);
  if (key instanceof Uint8Array) throw new TypeError('a key pair was expected');
  return key;
}

const seal = (by: Signer, payload: unknown = note, header: Record<string, unknown> = {}) =>
  new CompactSign(typeof payload === 'string' ? new TextEncoder().encode(payload) : text(payload))
    .setProtectedHeader({ alg: by.alg, kid: by.key.kid, typ: 'rolewave+jws', ...header })
    .sign(by.privateKey, { crit: { 'urn:example:x': true } });
const open = (jws: string, expectedType?: string, trusted = keys) => verifyMessage(jws, trusted, waveMessageSchemas, expectedType);
const codeOf = (jws: string, expectedType?: string, trusted = keys) => {
  const opened = open(jws, expectedType, trusted);
  return opened.ok ? 'ok' : opened.code;
};

beforeAll(async () => {
  ed = await signer('Ed25519', 'endpoint');
  es = await signer('ES256', 'phone', 'hana');
  keys = [ed.key, es.key];
});

describe('a sealed message', () => {
  it('opens when jose sealed it with Ed25519, under both names of the algorithm, and with ES256', async () => {
    const eddsa = { ...ed, alg: 'EdDSA' };
    for (const by of [ed, eddsa, es]) expect(open(await seal(by), 'note')).toEqual({ ok: true, kid: by.key.kid, message: note });
  });

  it('is malformed when a text holds half a surrogate pair, which has no digest, or when its id is not printable', async () => {
    const withText = (inside: string) => JSON.stringify({ ...note, body: { text: 'T' } }).replace('"T"', `"${inside}"`);
    expect(codeOf(await seal(ed, withText('\\ud800')))).toBe('malformed');
    expect(codeOf(await seal(ed, withText('\\ud83d\\ude00 and \\\\ud800 as text')))).toBe('ok');
    expect(codeOf(await seal(ed, JSON.stringify(note).replace(/"atMs":\d+/, '"atMs":1e999')))).toBe('malformed');
    expect(codeOf(await seal(ed, { ...note, id: 'with\0a zero byte' }))).toBe('malformed');
  });

  it('opens with every ES256 signature that jose makes: high s as well as low', async () => {
    for (let round = 0; round < 12; round += 1) expect(codeOf(await seal(es, { ...note, atMs: note.atMs + round }))).toBe('ok');
  });

  it('gives the same answer the second time, and without the key the same as if it had never been checked', async () => {
    const jws = await seal(ed);
    const first = open(jws);
    for (let other = 0; other < 12; other += 1) codeOf(await seal(ed, { ...note, atMs: note.atMs + other }));
    expect(open(jws)).toEqual(first);
    expect(open(jws)).not.toBe(first);
    expect(codeOf(jws, undefined, [es.key])).toBe('unknown-key');
    const another = await signer('Ed25519', 'endpoint');
    expect(codeOf(jws, undefined, [another.key])).toBe('bad-signature');
  });

  it("speaks only for its person when the key is a person's own", async () => {
    expect(codeOf(await seal(es))).toBe('ok');
    expect(open(await seal(es, { ...note, by: 'omar' }))).toMatchObject({
      ok: false,
      code: 'not-authorized',
      message: expect.stringContaining("may only seal messages by 'hana'"),
    });
    expect(codeOf(await seal(ed, { ...note, by: 'omar' }))).toBe('ok');
  });

  it('must come by the channel of its type and be known there', async () => {
    expect(open(await seal(ed), 'signOff')).toMatchObject({ code: 'malformed', message: expect.stringContaining("sent as 'signOff'") });
    const pause = await seal(ed, { ...note, package: 'finance', type: 'pause', body: { reason: 'month end' } });
    expect(codeOf(pause)).toBe('malformed');
    expect(verifyMessage(pause, keys, packageMessageSchemas, 'pause').ok).toBe(true);
    for (const type of ['constructor', '__proto__', 'toString', ['note'], 7, null]) {
      expect(open(await seal(ed, { ...note, type }))).toMatchObject({ code: 'malformed', message: expect.stringContaining('is unknown') });
    }
  });

  it('is refused when its payload does not fit the schema, with the place of the mistake', async () => {
    expect(open(await seal(ed, { ...note, body: {} }))).toMatchObject({ code: 'malformed', message: expect.stringContaining('body.text') });
    expect(codeOf(await seal(ed, { ...note, extra: 1 }))).toBe('malformed');
    expect(codeOf(await seal(ed, `${JSON.stringify(note).slice(0, -1)},"__proto__":{"by":"omar"}}`))).toBe('malformed');
    for (const payload of ['[]', 'null', '"note"', '{', `${JSON.stringify(note)} {}`, '['.repeat(40_000)])
      expect(codeOf(await seal(ed, payload))).toBe('malformed');
  });
});

describe('a header', () => {
  it.each([
    ['crit', { crit: ['urn:example:x'], 'urn:example:x': 1 }],
    ['another typ', { typ: 'JWT' }],
    ['no typ', { typ: undefined }],
    ['no kid', { kid: undefined }],
    ['an empty kid', { kid: '' }],
  ])('with %s is refused though its signature holds', async (_what, header) => {
    expect(codeOf(await seal(ed, note, header))).toBe('malformed');
  });

  it("with alg 'none' or HMAC is refused, signed or not", () => {
    for (const alg of ['none', 'None', 'HS256', 'RS256', 'ES384', '', undefined, ['EdDSA']]) {
      const head = part({ alg, kid: 'endpoint', typ: 'rolewave+jws' });
      expect(codeOf(`${head}.${part(note)}.`)).toBe('malformed');
      expect(codeOf(`${head}.${part(note)}.${'A'.repeat(86)}`)).toBe('malformed');
    }
  });

  it('cannot choose another algorithm than the key has', async () => {
    const [, payload, signature] = (await seal(ed)).split('.');
    expect(open(`${part({ alg: 'ES256', kid: 'endpoint', typ: 'rolewave+jws' })}.${payload}.${signature}`)).toMatchObject({
      code: 'bad-signature',
      message: expect.stringContaining('for Ed25519'),
    });
    expect(codeOf(await seal({ ...es, key: { ...es.key, kid: 'endpoint' } }))).toBe('bad-signature');
  });

  it('cannot bring its own key', async () => {
    const stranger = await signer('Ed25519', 'endpoint');
    expect(codeOf(await seal(stranger, note, { jwk: stranger.key }))).toBe('bad-signature');
    expect(codeOf(await seal(await signer('Ed25519', 'stranger')))).toBe('unknown-key');
  });
});

describe('the text of a message', () => {
  it('is exactly three parts of base64url, without padding and with nothing after them', async () => {
    const jws = await seal(ed);
    const [header, payload, signature] = jws.split('.') as [string, string, string];
    const spoiled = [
      '',
      '.',
      '..',
      '...',
      `${jws}.`,
      `.${jws}`,
      `${jws} `,
      `${jws}\n`,
      ` ${jws}`,
      `${jws}=`,
      `${jws}==`,
      `${jws}.e30`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `${header}.${payload}.`,
      jws.replaceAll('.', ' '),
      `${header}.${payload}.${signature}AA`,
      `${jws}\u0000`,
    ];
    for (const candidate of spoiled) expect(codeOf(candidate), JSON.stringify(candidate)).toMatch(/^(malformed|bad-signature)$/);
    expect(open(`${jws}.e30`)).toMatchObject({ code: 'malformed', message: expect.stringContaining('three parts') });
  });

  it('has only one form: unused last bits of a part must be zero', async () => {
    const jws = await seal(ed);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = Array.from(alphabet).filter((last) => last !== jws.at(-1));
    expect(others.filter((last) => codeOf(jws.slice(0, -1) + last) === 'ok')).toEqual([]);
  });

  it('is at most 64 KiB long', async () => {
    const long = { ...note, package: 'p'.repeat(50_000) };
    expect((await seal(ed, long)).length).toBeGreaterThan(messageLimit);
    expect(open(await seal(ed, long))).toMatchObject({ code: 'malformed', message: expect.stringContaining('longer than 65536') });
  });

  it('is refused when its payload is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(JSON.stringify(note).slice(0, -3)), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]);
    const jws = await new CompactSign(bytes).setProtectedHeader({ alg: 'Ed25519', kid: 'endpoint', typ: 'rolewave+jws' }).sign(ed.privateKey);
    expect(codeOf(jws)).toBe('malformed');
  });

  it('is refused with any one character changed', async () => {
    for (const by of [ed, es]) {
      const jws = await seal(by);
      fc.assert(
        fc.property(fc.nat(jws.length - 1), fc.constantFrom(...Array.from('AZaz09-_.')), (at, character) => {
          fc.pre(jws[at] !== character);
          expect(codeOf(jws.slice(0, at) + character + jws.slice(at + 1))).not.toBe('ok');
        }),
        { numRuns: 150 },
      );
    }
  });

  it('is refused with any one bit of a decoded part flipped', async () => {
    const parts = (await seal(ed)).split('.');
    fc.assert(
      fc.property(fc.nat(2), fc.nat(), fc.nat(7), (which, byte, bit) => {
        const bytes = Buffer.from(parts[which]!, 'base64url');
        bytes[byte % bytes.length]! ^= 1 << bit;
        expect(codeOf(parts.with(which, bytes.toString('base64url')).join('.'))).not.toBe('ok');
      }),
      { numRuns: 150 },
    );
  });

  it('never throws, whatever it is', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.tuple(fc.json(), fc.json(), fc.string()).map((three) => three.map(part).join('.')),
      fc.anything(),
    );
    fc.assert(
      fc.property(odd, (anything) => {
        expect(verifyMessage(anything as string, keys, waveMessageSchemas).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever its header and payload say, and not for invalid keys either', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (payload) => {
        expect(codeOf(await seal(ed, payload))).toBe('malformed');
      }),
      { numRuns: 40 },
    );
    const jws = await seal(ed);
    for (const x of ['', '!', 'AAAA', part('x'.repeat(32)), 'A'.repeat(43)]) expect(codeOf(jws, undefined, [{ ...ed.key, x }])).toBe('bad-signature');
    const phone = await seal(es);
    for (const y of ['', es.key.x, 'A'.repeat(43)]) expect(codeOf(phone, undefined, [{ ...es.key, y }])).toBe('bad-signature');
  });
});

describe('a seal that is checked without knowing what its workflow accepts', () => {
  it('holds for a message of any type, and leaves its body as it is', async () => {
    const odd = { ...note, type: 'fromTomorrow', body: { what: ['ever'] } };
    expect(verifySeal(await seal(ed, odd), keys)).toEqual({ ok: true, kid: 'endpoint', message: odd });
  });

  it.each<[what: string, jws: () => Promise<string>, code: string]>([
    ['its signature is by another key', async () => seal(await signer('Ed25519', 'endpoint')), 'bad-signature'],
    ['its key is not trusted', async () => seal(await signer('Ed25519', 'stranger')), 'unknown-key'],
    ["a person's key speaks for someone else", () => seal(es, { ...note, by: 'omar' }), 'not-authorized'],
    ['it says nothing of who sent it', () => seal(ed, { ...note, by: undefined }), 'malformed'],
    ['it is about a package of no wave', () => seal(ed, { ...note, wave: undefined, package: 'finance' }), 'malformed'],
  ])('does not hold when %s', async (_what, jws, code) => {
    expect(verifySeal(await jws(), keys)).toMatchObject({ ok: false, code });
  });
});

describe('the last 128 signatures that were checked', () => {
  /** Texts that only a check which says yes to everything accepts. */
  const made = (id: string) => `${part({ alg: 'EdDSA', kid: 'endpoint', typ: 'rolewave+jws' })}.${part({ ...note, id })}.${part(id)}`;
  const counting = () => {
    const asked: string[] = [];
    const ask = (id: string) =>
      verifyMessage(made(id), keys, waveMessageSchemas, 'note', (signed) => {
        asked.push(JSON.parse(Buffer.from(Buffer.from(signed).toString().split('.')[1]!, 'base64url').toString()).id);
        return true;
      });
    return { asked, ask };
  };

  it('are not checked again, so that the validator and the handler of an update check once', () => {
    const { asked, ask } = counting();
    expect(ask('cache-once')).toEqual(ask('cache-once'));
    expect(asked).toEqual(['cache-once']);
  });

  it('are forgotten one by one, the oldest first', () => {
    const { asked, ask } = counting();
    ask('cache-first');
    ask('cache-second');
    for (let other = 0; other < 126; other += 1) ask(`cache-other-${other}`);
    ask('cache-first');
    expect(asked).toHaveLength(128);
    ask('cache-one-more');
    ask('cache-second');
    expect(asked).toHaveLength(129);
    ask('cache-first');
    expect(asked.at(-1)).toBe('cache-first');
    expect(asked).toHaveLength(130);
  });

  it('are remembered for exactly the key that was asked: one that differs in y alone is checked for itself', async () => {
    const phone = await seal(es, { ...note, id: 'note-of-two-keys' });
    const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
    const y = BigInt(`0x${Buffer.from(es.key.y!, 'base64url').toString('hex')}`);
    const mirrored = Buffer.from((prime - y).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    expect(codeOf(phone)).toBe('ok');
    expect(codeOf(phone, undefined, [{ ...es.key, y: mirrored }])).toBe('bad-signature');
  });
});

describe('the signatures of the standards', () => {
  // The vectors' payloads and headers are not messages: they are checked through the same libraries with the same settings.
  it('RFC 8037, A.4 and A.5: Ed25519 over the example of the standard', async () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
    const jws =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
    const signature = Buffer.from(jws.split('.')[2]!, 'base64url');
    expect(ed25519.verify(signature, Buffer.from(jws.slice(0, jws.lastIndexOf('.'))), Buffer.from(x, 'base64url'), { zip215: false })).toBe(true);
    const key: TrustedKey = { kid: 'rfc8037', kty: 'OKP', crv: 'Ed25519', x };
    const privateKey = await imported({ kty: 'OKP', crv: 'Ed25519', x, d }, 'EdDSA');
    expect(open(await seal({ key, alg: 'EdDSA', privateKey }), 'note', [key])).toMatchObject({ ok: true });
    expect(codeOf(jws, undefined, [key])).toBe('malformed');
  });

  it('RFC 7515, A.3: ES256 over the example of the standard', async () => {
    const x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU';
    const y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0';
    const d = 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI';
    const jws =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const signature = Buffer.from(jws.split('.')[2]!, 'base64url');
    const point = Uint8Array.of(4, ...Buffer.from(x, 'base64url'), ...Buffer.from(y, 'base64url'));
    expect(p256.verify(signature, Buffer.from(jws.slice(0, jws.lastIndexOf('.'))), point, { lowS: false })).toBe(true);
    const key: TrustedKey = { kid: 'rfc7515', kty: 'EC', crv: 'P-256', x, y };
    const privateKey = await imported({ kty: 'EC', crv: 'P-256', x, y, d }, 'ES256');
    expect(open(await seal({ key, alg: 'ES256', privateKey }), 'note', [key])).toMatchObject({ ok: true });
  });

  it('RFC 8032 strictly: a key of small order signs nothing', () => {
    // The neutral element as key, R and s = 0 satisfies the equation of ZIP 215 for every message.
    const neutral = Uint8Array.of(1, ...new Uint8Array(31));
    const signature = Uint8Array.of(...neutral, ...new Uint8Array(32));
    expect(ed25519.verify(signature, text(note), neutral, { zip215: true })).toBe(true);
    const head = part({ alg: 'EdDSA', kid: 'small', typ: 'rolewave+jws' });
    const key: TrustedKey = { kid: 'small', kty: 'OKP', crv: 'Ed25519', x: Buffer.from(neutral).toString('base64url') };
    expect(codeOf(`${head}.${part(note)}.${Buffer.from(signature).toString('base64url')}`, undefined, [key])).toBe('bad-signature');
  });
});
