/**
 * Seals messages: one compact JWS (RFC 7515) per message, with this endpoint's own Ed25519 key. The reducer of the message verifies the seal
 * again, because anyone who reaches the Temporal namespace can send signals.
 */
import { CompactSign, importJWK } from 'jose';
import type { TrustedKey } from '../domain/authority/keys.ts';
import type { Message, PlanMessage } from '../domain/messages.ts';
import { trustedKeysIn } from '../settings/trusted-keys.ts';
import { keyPairIn, readJson, writeNew } from './key-files.ts';

export interface Sealer {
  kid: string;
  /** Every key that may seal messages; a wave is started with them. */
  trustedKeys: TrustedKey[];
  /** Compact JWS with the header {alg, kid, typ: 'rolewave+jws'}. */
  seal(message: Message | PlanMessage): Promise<string>;
}

/** Creates both files at the first start. Refuses to start when the trusted keys lack the signing key, because no message would be valid then. */
export async function openSealer(files: { signingKeyFile: string; trustedKeysFile: string }): Promise<Sealer> {
  const { signingKeyFile, trustedKeysFile } = files;
  const trustedBefore = await readJson(trustedKeysFile, 'the trusted keys file');
  const pair = await keyPairIn(signingKeyFile, 'the signing key file');
  const own: TrustedKey = { kid: pair.kid, kty: 'OKP', crv: 'Ed25519', x: String(pair.publicJwk.x) };
  if (trustedBefore === undefined) await writeNew(trustedKeysFile, { keys: [own] }, 0o644);

  const keys = trustedKeysIn(await readJson(trustedKeysFile, 'the trusted keys file'), trustedKeysFile);
  if (!keys.some(({ kid, x }) => kid === own.kid && x === own.x)) {
    throw new Error(`the trusted keys file ${trustedKeysFile} does not contain the signing key of ${signingKeyFile}: add ${JSON.stringify(own)} to its "keys"`);
  }
  const privateKey = await importJWK(pair.privateJwk, 'EdDSA');
  return {
    kid: pair.kid,
    trustedKeys: keys,
    seal: (message) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(message)))
        .setProtectedHeader({ alg: 'EdDSA', kid: pair.kid, typ: 'rolewave+jws' })
        .sign(privateKey),
  };
}
