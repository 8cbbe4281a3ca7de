/**
 * From which address a request comes, for what is counted by address. Behind a proxy of ROLEWAVE_TRUSTED_PROXIES it is the last address of X-Forwarded-For that
 * is none of them; anyone else may write that header, and it is not read. Whether a request comes from this machine is another question (loopback.ts): there,
 * a header of a proxy only ever speaks against it.
 */
import { BlockList, isIP } from 'node:net';
import type { Request } from 'express';

/** What Express found (`trust proxy`); a proxy that wrote no address counts as the client. */
export const clientAddress = ({ ip, socket }: Pick<Request, 'ip' | 'socket'>): string | undefined =>
  ip !== undefined && isIP(ip) !== 0 ? ip : socket.remoteAddress;

/** Addresses and networks, separated by commas. Throws with one sentence that says what to write. */
export function proxiesFrom(text: string): string[] {
  const written = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  for (const each of written)
    if (!isNetwork(each))
      throw new Error(
        `ROLEWAVE_TRUSTED_PROXIES has '${each}': write addresses or networks of your proxies, separated by commas, such as 10.0.0.7, 10.1.0.0/16`,
      );
  return written;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  // A network of every address would let anyone write the header.
  return most > 0 && more.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) > 0 && Number(bits) <= most));
}

/** Whether an address of a socket is one of these. */
export function proxyList(proxies: string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const each of proxies) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
