/** The order of rows that are known by several ids. */

/** Compared part by part, because ids contain characters that sort before and after the slash between them. */
export function byKey(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined || part === other) continue;
    return part < other ? -1 : 1;
  }
  return 0;
}
