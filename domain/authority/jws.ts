/**
 * Opens a sealed message: compact JWS (RFC 7515), signed with Ed25519 (RFC 8037, RFC 9864) or ES256 (RFC 7518).
 *
 * Pure JavaScript, because it runs in the workflow sandbox, which has no crypto module. It returns refusals and never throws, because a signal
 * handler that throws would fail its workflow.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { base64urlnopad, utf8 } from '@scure/base';
import { plainMistake, shortened } from '../plain-data.ts';
import type { z } from 'zod';
import { sealedMessageSchema, type SealedMessage } from '../messages.ts';
import type { TrustedKey } from './keys.ts';

export const messageTyp = 'rolewave+jws';
/** Longest sealed message, in characters: about a hundred times what people write. */
export const messageLimit = 65_536;

export type Verified<M extends SealedMessage = SealedMessage> =
  | { ok: true; message: M; kid: string }
  | { ok: false; code: 'malformed' | 'bad-signature' | 'unknown-key' | 'not-authorized'; message: string };

/** Whether this key made the signature over these bytes. Two implementations agree: the one below, and the machine's own where available. */
export type SignatureCheck = (signed: Uint8Array, key: TrustedKey, signature: Uint8Array) => boolean;

/**
 * `schemas`: whole-message schema for each type that the receiving workflow accepts. `expectedType`: the name of the signal or update
 * that carried the message. Whether the person is authorized is decided in who-may.ts.
 */
export const verifyMessage = <M extends SealedMessage>(
  jws: string,
  keys: TrustedKey[],
  schemas: Record<string, z.ZodType<M>>,
  expectedType?: string,
  check: SignatureCheck = inPureJavaScript,
): Verified<M> =>
  opened(() => {
    const seal = open(jws, keys, check);
    if (!seal.ok) return seal;
    const { type } = seal.payload;
    const schema = typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
    if (!schema) return malformed(`its type ${quoted(type)} is unknown. Known types are ${Object.keys(schemas).join(', ')}`);
    if (expectedType !== undefined && type !== expectedType) return malformed(`it says ${quoted(type)}, but was sent as '${expectedType}'`);
    return messageIn(seal, schema);
  });

/** Seal, sender and address of a message of any type; its body is whatever was sealed. */
export const verifySeal = (jws: string, keys: TrustedKey[], check: SignatureCheck = inPureJavaScript): Verified =>
  opened(() => {
    const seal = open(jws, keys, check);
    return seal.ok ? messageIn(seal, sealedMessageSchema) : seal;
  });

function opened<M extends SealedMessage>(open: () => Verified<M>): Verified<M> {
  try {
    return open();
  } catch (error) {
    return malformed(error instanceof Error ? clip(error.message) : 'it cannot be read');
  }
}

type Refused = Extract<Verified, { ok: false }>;
/** The signature holds; what the payload says is not read yet. */
interface Seal {
  ok: true;
  payload: Record<string, unknown>;
  key: TrustedKey;
}

function open(jws: string, keys: TrustedKey[], check: SignatureCheck): Seal | Refused {
  if (typeof jws !== 'string') return malformed('it is not text. Send one compact JWS string');
  if (jws.length > messageLimit) return malformed(`it is longer than ${messageLimit} characters. Shorten its texts`);
  const parts = jws.split('.');
  const [headerPart, payloadPart, signaturePart] = parts;
  if (parts.length !== 3 || !headerPart || !payloadPart || !signaturePart)
    return malformed('it is not a compact JWS: three parts of base64url, joined by dots');
  const [headerBytes, payloadBytes, signature] = [headerPart, payloadPart, signaturePart].map(bytesOf);
  if (!headerBytes || !payloadBytes || !signature) return malformed('a part is not base64url without padding');

  const header = jsonObject(headerBytes);
  if (!header) return malformed('its header is not a JSON object');
  if ('crit' in header) return malformed("its header has 'crit', but no extensions are supported");
  if (header['typ'] !== messageTyp) return malformed(`its header's typ must be '${messageTyp}'`);
  const { alg, kid } = header;
  if (typeof kid !== 'string' || kid === '') return malformed("its header has no 'kid', which names the key");
  if (alg !== 'EdDSA' && alg !== 'Ed25519' && alg !== 'ES256') return malformed(`its header's alg must be EdDSA, Ed25519 or ES256, not ${quoted(alg)}`);

  const key = keys.find((candidate) => candidate.kid === kid);
  if (!key)
    return {
      ok: false,
      code: 'unknown-key',
      message: `the key ${quoted(kid)} is not trusted. Add it to the trusted keys, or seal the message with a trusted key`,
    };
  if (key.crv !== curveOf[alg]) return { ok: false, code: 'bad-signature', message: `the header says ${alg}, but the key ${quoted(kid)} is for ${key.crv}` };
  if (!signatureHolds(jws, key, signature, check))
    return { ok: false, code: 'bad-signature', message: `the signature is not valid for the key ${quoted(kid)}, so nothing in the message can be trusted` };

  const payload = jsonObject(payloadBytes);
  if (!payload) return malformed('its payload is not a JSON object');
  const mistake = plainMistake(payload, 'the message');
  return mistake === undefined ? { ok: true, payload, key } : malformed(mistake);
}

function messageIn<M extends SealedMessage>({ payload, key }: Seal, schema: z.ZodType<M>): Verified<M> {
  const parsed = schema.safeParse(payload);
  if (!parsed.success)
    return malformed(
      parsed.error.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.join('.') || 'message'}: ${clip(message)}`)
        .join('; '),
    );
  const message = parsed.data;
  if (key.sub !== undefined && key.sub !== message.by)
    return {
      ok: false,
      code: 'not-authorized',
      message: `the key ${quoted(key.kid)} may only seal messages by '${key.sub}', but this message is by ${quoted(message.by)}`,
    };
  if (key.sub !== undefined && endpointOnly.has(message.type))
    return {
      ok: false,
      code: 'not-authorized',
      message: `only the endpoint's key may seal ${quoted(message.type)}, because the endpoint checks who applies what`,
    };
  return { ok: true, message, kid: key.kid };
}

/** What these say rests on what the endpoint checked. */
const endpointOnly = new Set(['apply', 'revise']);

const curveOf = { EdDSA: 'Ed25519', Ed25519: 'Ed25519', ES256: 'P-256' } as const;

/**
 * Caches the outcomes of the last few checks, so that the validator and the handler of an update verify once. The key contains every
 * input, so the cache never changes an answer.
 */
const checked = new Map<string, boolean>();
const checkedLimit = 128;

function signatureHolds(jws: string, key: TrustedKey, signature: Uint8Array, check: SignatureCheck): boolean {
  const id = JSON.stringify([key.crv, key.x, key.y, jws]);
  const known = checked.get(id);
  if (known !== undefined) return known;
  const holds = check(utf8.decode(jws.slice(0, jws.lastIndexOf('.'))), key, signature);
  checked.set(id, holds);
  const [oldest = id] = checked.keys();
  if (checked.size > checkedLimit) checked.delete(oldest);
  return holds;
}

function inPureJavaScript(signed: Uint8Array, key: TrustedKey, signature: Uint8Array): boolean {
  try {
    const x = base64urlnopad.decode(key.x);
    // Strict RFC 8032: encodings that only ZIP 215 accepts are refused.
    if (key.crv === 'Ed25519') return ed25519.verify(signature, signed, x, { zip215: false });
    const point = Uint8Array.of(4, ...x, ...base64urlnopad.decode(key.y ?? ''));
    // RFC 7518 has no low-s rule, so signers produce either form. Messages are identified by id, not by signature.
    return p256.verify(signature, signed, point, { prehash: true, lowS: false, format: 'compact' });
  } catch {
    // The key or the signature does not have the length or the form that its curve needs.
    return false;
  }
}

/** The decoder refuses padding, white space and unused last bits that are not zero: each value has one text. */
function bytesOf(text: string): Uint8Array | undefined {
  try {
    return base64urlnopad.decode(text);
  } catch {
    return undefined;
  }
}

function jsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(utf8.encode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const malformed = (why: string): Refused => ({ ok: false, code: 'malformed', message: `the message cannot be accepted: ${why}` });
const clip = (text: string) => shortened(text, 200);
const quoted = (value: unknown) => (typeof value === 'string' ? `'${shortened(value, 60)}'` : 'none');
