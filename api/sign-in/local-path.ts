/** Where to go after signing in: a path of this endpoint, or its first page. Anything that a browser could read as another site is not one. */
const self = 'http://self.invalid';
const longest = 1_000;

export function localPath(to: unknown): string {
  if (typeof to !== 'string' || to.length > longest || !/^\/(?![/\\])[\x21-\x7e]*$/.test(to) || to.includes('\\')) return '/';
  try {
    const { origin, pathname, search } = new URL(to, self);
    const path = `${pathname}${search}`;
    // Dots may leave two slashes at the start: `/.//elsewhere.example`.
    return origin === self && !/^\/(\/|sign-(in|out)\b)/.test(path) ? path : '/';
  } catch {
    return '/';
  }
}
