/** A history as text, with its payloads, which its JSON has in base64. */
export const historyText = (history: unknown): string =>
  JSON.stringify(history, (key, value: unknown) => (key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value));
