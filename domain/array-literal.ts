/** PostgreSQL's text of an array. Its driver writes one element by element, which takes longer than the statement when there are thousands of names. */

/** The same list where that text would need escapes, or holds anything but strings and numbers: the driver writes it. */
export function arrayLiteral(values: readonly unknown[]): string | readonly unknown[] {
  if (!values.every((value) => typeof value === 'string' || Number.isFinite(value) || value === null)) return values;
  const json = JSON.stringify(values);
  // Where nothing is escaped, JSON and PostgreSQL quote alike.
  return json.includes('\\') ? values : `{${json.slice(1, -1)}}`;
}
