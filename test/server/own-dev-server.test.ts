import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { startDevServer } from '../../provision/dev-server.ts';
import { silent } from '../../provision/progress.ts';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'rolewave-own-temporal-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function settingsOf(address: string) {
  const connection = await Connection.connect({ address });
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    await ensureSearchAttributes(connection, 'default');
    return { retentionSeconds: Number(config?.workflowExecutionRetentionTtl?.seconds), attributes: Object.keys(customAttributes ?? {}) };
  } finally {
    await connection.close();
  }
}

test('the dev server keeps closed workflows for 90 days and has the search attributes, also after a restart on the same files', async () => {
  for (const round of ['new', 'again']) {
    const server = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, progress: silent });
    try {
      const seen = await settingsOf(server.address);
      expect(seen.retentionSeconds, round).toBe(90 * 24 * 3600);
      expect(seen.attributes, round).toEqual(expect.arrayContaining(Object.values(searchAttributes)));
      expect((await fetch(server.uiAddress)).status, round).toBe(200);
      await expect(startDevServer({ home, progress: silent }), round).rejects.toThrow('in use by another running Rolewave');
    } finally {
      await server.stop();
    }
  }
});

test('the Web UI keeps the port of its last start, which is another one where the usual one is taken', async () => {
  const own = mkdtempSync(join(tmpdir(), 'rolewave-own-ui-'));
  const other = createServer();
  try {
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const started = async () => {
      const server = await startDevServer({ home: own, ports: { grpc: 0, ui: port }, progress: silent });
      await server.stop();
      return server;
    };
    const first = await started();
    expect([first.uiPortTaken, new URL(first.uiAddress).port === String(port)]).toEqual([port, false]);
    await new Promise((resolve) => other.close(resolve));
    const again = await started();
    expect([again.uiPortTaken, again.uiAddress]).toEqual([undefined, first.uiAddress]);
  } finally {
    other.close();
    rmSync(own, { recursive: true, force: true });
  }
});
