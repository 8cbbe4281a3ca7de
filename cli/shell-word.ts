/** As one word for a shell: an id may be `auth0|5f7c`, and a role's name can hold anything. A copied command must not run a part of it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);
