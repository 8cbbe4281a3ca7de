/** For tests: a certificate of 127.0.0.1 that signs itself, in two files. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../provision/command.ts';

/** Readable by the user whom the server runs as, even where the folder is not. */
export async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  await chmod(folder, 0o711);
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', names];
  await runCommand('openssl', ['req', ...options, '-keyout', key, '-out', certificate], { timeoutMs: 30_000 });
  await chmod(key, 0o644);
  return { key, certificate };
}
