/** A login of a directory by its own name, for a line that has no room for where the directory keeps it; any other name as it is. */
export function nameInDn(name: string): string {
  const [, own] = /^[A-Za-z][A-Za-z0-9-]*=((?:\\.|[^\\,+"])+),[A-Za-z][A-Za-z0-9-]*=/.exec(name) ?? [];
  // What is escaped by its bytes is rare, and stays as it is.
  return own === undefined || /\\[0-9A-Fa-f]{2}/.test(own) ? name : own.replaceAll(/\\(.)/g, '$1').trim();
}
