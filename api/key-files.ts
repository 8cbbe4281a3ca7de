/** Key files: read if they exist, created if missing, never overwritten. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';

/** An Ed25519 pair as JWKs; the key id is the RFC 7638 thumbprint. */
export interface KeyPair {
  kid: string;
  privateJwk: JWK;
  publicJwk: JWK;
}

export async function readJson(file: string, what: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${what} ${file} cannot be read: ${error.code ?? error.message}`);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${what} ${file} is not JSON. Fix it, or move it away so that a new one is created`);
  }
}

/** Two processes may start at once: the first one wins, and the other gets false. The file appears whole: nobody reads half of it, also after a crash. */
export async function writeNew(file: string, content: unknown, mode: number): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${randomUUID()}`;
  try {
    await writeFile(whole, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx', mode, flush: true });
    await link(whole, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}

/** The pair in the file, which is created (readable by its owner only) when it does not exist; `made` says whether it was. */
export async function keyPairIn(file: string, what: string): Promise<KeyPair & { made: boolean }> {
  const found = await readJson(file, what);
  if (found !== undefined) return { ...(await pairOf(found, file, what)), made: false };
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const made = await writeNew(file, { ...jwk, kid, alg: 'EdDSA', use: 'sig' }, 0o600);
  return { ...(await pairOf(await readJson(file, what), file, what)), made };
}

async function pairOf(found: unknown, file: string, what: string): Promise<KeyPair> {
  const { kty, crv, x, d } = (found ?? {}) as Record<string, unknown>;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof d !== 'string') {
    throw new Error(`${what} ${file} is not a private Ed25519 key (JWK with kty OKP, crv Ed25519, x and d)`);
  }
  const publicJwk: JWK = { kty, crv, x };
  const kid = await calculateJwkThumbprint(publicJwk);
  return { kid, publicJwk: { ...publicJwk, kid }, privateJwk: { ...publicJwk, kid, d } };
}
