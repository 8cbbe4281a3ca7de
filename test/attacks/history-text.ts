/** A history as text, with its payloads, which are bytes. */
export const historyText = (history: unknown): string =>
  JSON.stringify(history, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    // A Buffer becomes JSON before this function sees it.
    const { type, data } = (typeof value === 'object' && value !== null ? value : {}) as { type?: unknown; data?: unknown };
    return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('utf8') : value;
  });
