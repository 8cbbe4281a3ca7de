/** A system, or a provider of metrics, is unreachable or did not answer in time: retry. Every other error is a mistake in Rolewave or in the plan. */
export class SystemUnavailable extends Error {
  override readonly name = 'SystemUnavailable';
}
