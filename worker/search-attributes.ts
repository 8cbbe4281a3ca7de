/** Registers Rolewave's search attributes with the Temporal server; a server that knows them already is left as it is. */
import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributes } from '../domain/search-attributes.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;

/**
 * Goes through the operator API, which the dev server, the test server and a real cluster all have. Two workers that start at the same
 * time do no harm to each other. Throws when an attribute exists with another type, and when the server cannot be asked.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const wanted = Object.values(searchAttributes);
  const missing = await missingOf(connection, namespace, wanted);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])) });
  } catch (error) {
    const stillMissing = await missingOf(connection, namespace, wanted);
    if (stillMissing.length === 0) return;
    throw new Error(`the Temporal server did not register the search attributes ${stillMissing.join(', ')} in namespace '${namespace}'; add them as Keyword with 'temporal operator search-attribute create'`, { cause: error });
  }
}

async function missingOf(connection: Connection, namespace: string, wanted: readonly string[]): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const wrong = wanted.filter((name) => customAttributes[name] !== undefined && customAttributes[name] !== INDEXED_VALUE_TYPE_KEYWORD);
  if (wrong.length > 0) throw new Error(`the search attributes ${wrong.join(', ')} exist in namespace '${namespace}' with another type than Keyword; Rolewave needs them as Keyword`);
  return wanted.filter((name) => customAttributes[name] === undefined);
}
