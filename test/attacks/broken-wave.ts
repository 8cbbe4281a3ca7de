/** A wave as a worker with a fault in its code runs it: its task fails again and again. */
export async function wave(): Promise<void> {
  throw new Error('a fault in the code');
}
