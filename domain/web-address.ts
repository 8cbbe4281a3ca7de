/** Web addresses in the settings. */

/** Throws with one sentence that names the variable. */
export function webAddress(name: string, text: string, example: string): URL {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new Error(`${name} is not a web address: write it like ${example}`);
  return url;
}

/** To which paths are added: without a slash at its end, and without a query. */
export function webBase(name: string, text: string, example: string): string {
  const { origin, pathname } = webAddress(name, text, example);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

export const temporalUiUrl = (text: string): string => webBase('TEMPORAL_UI_URL', text, 'https://temporal.example.com');
