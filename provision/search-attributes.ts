/** Rolewave's search attributes on a Temporal server: created where missing, through the operator API (dev and test servers have it). */
import type { OperatorService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { searchAttributes } from '../domain/search-attributes.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;
const GRPC_ALREADY_EXISTS = 6;
const GRPC_UNIMPLEMENTED = 12;

/**
 * Adds missing attributes and changes nothing else, so it may run at every start and in several processes at once. `connection` is the
 * client's `Connection` or the worker's `NativeConnection`. Rejects when one exists with another type: lists would then find nothing.
 */
export async function ensureSearchAttributes(connection: { operatorService: OperatorService }, namespace: string): Promise<void> {
  const { missing, ofAnotherType } = await searchAttributesLeft(connection, namespace);
  if (ofAnotherType.length > 0) {
    throw new Error(
      `Namespace '${namespace}' has search attributes of Rolewave's names with another type than Keyword: ${ofAnotherType.join(', ')}. ` +
        'Remove them with `temporal operator search-attribute remove`, or give Rolewave its own namespace (TEMPORAL_NAMESPACE).',
    );
  }
  if (missing.length === 0) return;
  await connection.operatorService
    .addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])) })
    .catch((error: { code?: number }) => {
      // Another process added them between our two calls.
      if (error.code !== GRPC_ALREADY_EXISTS) throw error;
    });
}

/** Which attributes a namespace lacks, and which have another type. Changes nothing. */
export async function searchAttributesLeft(
  connection: { operatorService: OperatorService },
  namespace: string,
): Promise<{ missing: string[]; ofAnotherType: string[] }> {
  const existing = await existingAttributes(connection.operatorService, namespace);
  const wanted = Object.values(searchAttributes);
  return {
    missing: wanted.filter((name) => existing[name] === undefined),
    ofAnotherType: wanted.filter((name) => existing[name] !== undefined && existing[name] !== INDEXED_VALUE_TYPE_KEYWORD),
  };
}

/** Types by name. The time-skipping test server can add attributes but not list them: there, everything counts as missing. */
async function existingAttributes(operatorService: OperatorService, namespace: string): Promise<Record<string, unknown>> {
  try {
    return (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  } catch (error) {
    if ((error as { code?: number }).code === GRPC_UNIMPLEMENTED) return {};
    throw error;
  }
}
