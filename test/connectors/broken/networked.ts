/** A system in memory that answers over a line, and clients of it that take an answer which was cut off for a whole one. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ActualGrant, Connector } from '../../../connectors/connector.ts';
import type { NoneConnector } from '../../../connectors/none/connector.ts';
import { SystemUnavailable } from '../../../domain/system-unavailable.ts';
import { inMemory } from '../in-memory.ts';
import type { Peer } from '../peer.ts';

export interface Client {
  /** The lines of an answer; the last one says how many came before it. */
  linesOf(answer: string): string[];
  wasCommitted: Connector['wasCommitted'] | undefined;
}

export const careful: Client = {
  linesOf: (answer) => {
    const lines = answer.split('\n');
    if (lines.at(-1) !== `${lines.length - 1} lines.`) throw new SystemUnavailable('the answer was cut off');
    return lines.slice(0, -1);
  },
  wasCommitted: undefined,
};

/** Takes whole lines until the line ends. */
export const credulous: Client = { ...careful, linesOf: (answer) => answer.split('\n').slice(0, -1) };

/** What was not answered has not happened. */
export const rash: Client = { ...careful, wasCommitted: async () => 'aborted' };

export async function networkedPeer({ linesOf, wasCommitted }: Client): Promise<Peer> {
  let system: NoneConnector | undefined;
  const peer = await inMemory((made) => (system = made));
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    void text(socket).then(
      () => {
        const lines = (system?.held() ?? []).map((grant) => JSON.stringify(grant));
        socket.end([...lines, `${lines.length} lines.`].join('\n'));
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = (host: string, port: number): Connector => {
    const ask = async (): Promise<ActualGrant[]> => linesOf(await said(host, port)).map((line) => JSON.parse(line) as ActualGrant);
    return {
      ...peer.connector,
      ...(wasCommitted ? { wasCommitted } : {}),
      snapshot: async (...asked) => {
        const [roles, , , roleIds = []] = asked;
        const grants = (await ask()).filter(({ role, roleId = '' }) => roles.includes(role) || roleIds.includes(roleId));
        return { ...(await peer.connector.snapshot(...asked)), grants };
      },
      grant: async (wanted, beforeCommit) => {
        const outcomes = await peer.connector.grant(wanted, beforeCommit);
        await ask();
        return outcomes;
      },
      close: async () => undefined,
    };
  };
  const network = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, at };
  return {
    ...peer,
    connector: at(network.host, network.port),
    network,
    close: async () => {
      await peer.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function said(host: string, port: number): Promise<string> {
  const socket = connect(port, host);
  socket.end('holders?');
  return text(socket).catch((error: unknown) => {
    throw new SystemUnavailable('the system does not answer', { cause: error });
  });
}
