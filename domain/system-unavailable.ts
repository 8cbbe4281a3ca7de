/** A system, or a provider of metrics, could not be asked or did not answer in time: try again. Every other error is a mistake of ours or of the plan. */
export class SystemUnavailable extends Error {
  override readonly name = 'SystemUnavailable';
}
