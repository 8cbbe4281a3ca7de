/** A provider of metrics answered, and there was nothing to measure (no row, or a null value): never healthy, never a breach (R2). */
export class NoData extends Error {
  override readonly name = 'NoData';
}
