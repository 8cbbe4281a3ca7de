/** The words of each refusal. Which messages are refused is tested in jws.test.ts; here the signature always holds, except where a test is about it. */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { newKey } from '../../test/support/keys.ts';
import { waveMessageSchemas } from '../messages.ts';
import { messageLimit, verifyMessage } from './jws.ts';
import { personIdForm } from '../plan/fields.ts';

const keys = [newKey().trusted];
const note = {
  id: 'note-0001',
  plan: 'spring',
  wave: 'wave-1',
  by: 'hana',
  atMs: 1_775_000_000_000,
  expiresMs: 1_775_000_900_000,
  type: 'note',
  body: { text: 'hello' },
};
const head = { alg: 'EdDSA', kid: 'endpoint', typ: 'rolewave+jws' };
const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const signature = 'A'.repeat(86);
const withHeader = (header: unknown) => `${part(header)}.${part(note)}.${signature}`;
const sealed = (payload: unknown) => `${part(head)}.${part(payload)}.${signature}`;
const open = (jws: string) => verifyMessage(jws, keys, waveMessageSchemas, undefined, () => true);

const notJws = 'it is not a compact JWS: three parts of base64url, joined by dots';
const notBase64 = 'a part is not base64url without padding';
const notAHeader = 'its header is not a JSON object';
const notAPayload = 'its payload is not a JSON object';
const longKid = 'k'.repeat(61);

describe('a refusal says what is wrong and what to do', () => {
  it.each<[what: string, jws: unknown, message: string]>([
    ['a number', 7, 'it is not text. Send one compact JWS string'],
    ['a list', ['a', 'b', 'c'], 'it is not text. Send one compact JWS string'],
    ['a text of 65,536 characters', 'A'.repeat(messageLimit), notJws],
    ['a text of 65,537 characters', 'A'.repeat(messageLimit + 1), 'it is longer than 65536 characters. Shorten its texts'],
    ['a text of two parts', 'e30.e30', notJws],
    ['a header that is padded', `e30=.${part(note)}.${signature}`, notBase64],
    ['a payload that is padded', `${part(head)}.e30=.${signature}`, notBase64],
    ['a signature that is padded', `${part(head)}.${part(note)}.e30=`, notBase64],
    ['a payload and a signature of other characters', `${part(head)}.!.!`, notBase64],
    ['a header that is null', withHeader('null'), notAHeader],
    ['a header that is a list', withHeader([head]), notAHeader],
    ['a header that is a number', withHeader('7'), notAHeader],
    ['a header that is a text', withHeader(JSON.stringify('head')), notAHeader],
    ['a header that is not JSON', withHeader('{'), notAHeader],
    ['crit', withHeader({ ...head, crit: ['x'] }), "its header has 'crit', but no extensions are supported"],
    ['another typ', withHeader({ ...head, typ: 'JWT' }), "its header's typ must be 'rolewave+jws'"],
    ['no kid', withHeader({ ...head, kid: undefined }), "its header has no 'kid', which names the key"],
    ['another alg', withHeader({ ...head, alg: 'none' }), "its header's alg must be EdDSA, Ed25519 or ES256, not 'none'"],
    ['no alg', withHeader({ ...head, alg: undefined }), "its header's alg must be EdDSA, Ed25519 or ES256, not none"],
    ['a payload that is null', sealed('null'), notAPayload],
    ['a payload that is a list', sealed('[]'), notAPayload],
    ['a payload that is a number', sealed('7'), notAPayload],
    ['a payload that is a text', sealed('"note"'), notAPayload],
    ['a payload that is not JSON', sealed('{'), notAPayload],
    [
      'another type',
      sealed({ ...note, type: 'pause' }),
      "its type 'pause' is unknown. Known types are signOff, evidence, note, holdBack, setDate, liftHold, abort, review, revise",
    ],
    [
      'several mistakes, of which the first three are named',
      sealed({ ...note, id: 'short', by: '', atMs: 'now', body: { text: 7 } }),
      `id: is 8 to 100 visible ASCII characters; by: ${personIdForm}; atMs: Invalid input: expected number, received string`,
    ],
    ['a key that the message as a whole does not have', sealed({ ...note, extra: 1 }), 'message: Unrecognized key: "extra"'],
    ['200 characters about one mistake', sealed({ ...note, ['e'.repeat(180)]: 1 }), `message: Unrecognized key: "${'e'.repeat(180)}"`],
    ['201 characters about one mistake', sealed({ ...note, ['e'.repeat(181)]: 1 }), `message: Unrecognized key: "${'e'.repeat(181)}…`],
  ])('malformed: %s', (_what, jws, message) => {
    const refused = { ok: false, code: 'malformed', message: `the message cannot be accepted: ${message}` };
    expect(open(jws as string)).toEqual(refused);
  });

  it.each<[what: string, jws: unknown, code: string, message: string]>([
    [
      'a key that is not trusted',
      withHeader({ ...head, kid: 'stranger' }),
      'unknown-key',
      "the key 'stranger' is not trusted. Add it to the trusted keys, or seal the message with a trusted key",
    ],
    [
      'a key whose name has 60 characters',
      withHeader({ ...head, kid: longKid.slice(1) }),
      'unknown-key',
      `the key '${longKid.slice(1)}' is not trusted. Add it to the trusted keys, or seal the message with a trusted key`,
    ],
    [
      'a key whose name has 61',
      withHeader({ ...head, kid: longKid }),
      'unknown-key',
      `the key '${longKid.slice(1)}…' is not trusted. Add it to the trusted keys, or seal the message with a trusted key`,
    ],
    ['a key of another curve', withHeader({ ...head, alg: 'ES256' }), 'bad-signature', "the header says ES256, but the key 'endpoint' is for Ed25519"],
  ])('%s', (_what, jws, code, message) => {
    expect(open(jws as string)).toEqual({ ok: false, code, message });
  });

  it('a signature that is not by the key', () => {
    expect(verifyMessage(sealed(note), keys, waveMessageSchemas)).toEqual({
      ok: false,
      code: 'bad-signature',
      message: "the signature is not valid for the key 'endpoint', so nothing in the message can be trusted",
    });
  });

  it('also when the check itself throws: nothing is thrown, and nothing is accepted', () => {
    const jws = sealed({ ...note, id: 'note-of-a-check-that-throws' });
    const checkedBy = (thrown: unknown) =>
      verifyMessage(jws, keys, waveMessageSchemas, 'note', () => {
        throw thrown;
      });
    expect(checkedBy(new Error('no such curve'))).toEqual({ ok: false, code: 'malformed', message: 'the message cannot be accepted: no such curve' });
    expect(checkedBy('no such curve')).toEqual({ ok: false, code: 'malformed', message: 'the message cannot be accepted: it cannot be read' });
  });
});
