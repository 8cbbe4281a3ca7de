/** A line to a system that lets so many bytes of its answers through, and ends every connection after them. */
import type { Connector } from '../../connectors/connector.ts';
import { openLine } from '../support/line.ts';
import type { Peer } from './peer.ts';

/** `close`: of the line; the connector is the caller's to close. */
export interface CutLine {
  connector: Connector;
  bytes(): number;
  close(): Promise<void>;
}

export async function openCutLine({ network }: Peer, most: number): Promise<CutLine> {
  if (!network) throw new Error('the system has no line');
  let bytes = 0;
  const line = await openLine(network, () => ({
    fromServer: (data) => {
      const left = Math.max(0, most - bytes);
      bytes += data.length;
      return data.length <= left ? data : { pieces: [data.subarray(0, left)], thenCut: true };
    },
  }));
  return { connector: network.at(line.host, line.port), bytes: () => bytes, close: () => line.close() };
}
