/**
 * Seals messages: one compact JWS (RFC 7515) per message, with this endpoint's own Ed25519 key. The reducer of the message verifies the seal
 * again, because anyone who reaches the Temporal namespace can send signals.
 */
import { hkdfSync } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import type { Logger } from 'pino';
import { trustedAt, type TrustedKey } from '../domain/authority/keys.ts';
import type { Message, PlanMessage } from '../domain/messages.ts';
import { openTrustedKeys } from '../settings/trusted-keys.ts';
import { keyPairIn, readJson, writeNew } from './key-files.ts';

export interface Sealer {
  kid: string;
  /** Every key that may seal messages; a wave is started with them. */
  readonly trustedKeys: TrustedKey[];
  /** Compact JWS with the header {alg, kid, typ: 'rolewave+jws'}. */
  seal(message: Message | PlanMessage): Promise<string>;
  /** Of 32 bytes, the same for every endpoint with this key, and another one for each purpose. */
  secretFor(purpose: string): Uint8Array;
  close(): void;
}

/** Creates both files at the first start. Refuses to start when the trusted keys lack the signing key, because no message would be valid then. */
export async function openSealer(files: { signingKeyFile: string; trustedKeysFile: string }, log?: Logger): Promise<Sealer> {
  const { signingKeyFile, trustedKeysFile } = files;
  const trustedBefore = await readJson(trustedKeysFile, 'the trusted keys file');
  const pair = await keyPairIn(signingKeyFile, 'the signing key file');
  const own: TrustedKey = { kid: pair.kid, kty: 'OKP', crv: 'Ed25519', x: String(pair.publicJwk.x) };
  if (trustedBefore === undefined) await writeNew(trustedKeysFile, { keys: [own] }, 0o644);

  const lacksOwn = (keys: TrustedKey[]) =>
    trustedAt(keys, Date.now()).some(({ kid, x }) => kid === own.kid && x === own.x)
      ? undefined
      : `the trusted keys file ${trustedKeysFile} does not contain the signing key of ${signingKeyFile}, or has retired it: add ${JSON.stringify(own)} to its "keys"`;
  const trusted = await openTrustedKeys(trustedKeysFile, log, lacksOwn);
  const privateKey = await importJWK(pair.privateJwk, 'EdDSA');
  return {
    kid: pair.kid,
    get trustedKeys() {
      return trusted.now();
    },
    secretFor: (purpose) => new Uint8Array(hkdfSync('sha256', Buffer.from(String(pair.privateJwk.d), 'base64url'), '', `rolewave ${purpose}`, 32)),
    close: trusted.close,
    seal: (message) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(message)))
        .setProtectedHeader({ alg: 'EdDSA', kid: pair.kid, typ: 'rolewave+jws' })
        .sign(privateKey),
  };
}
