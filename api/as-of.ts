/** How old the state is that an answer shows, where its workflow did not answer in time: the header `age`, as HTTP has it for what was kept. */
export const asOf = (ageMs: number): { headers?: Record<string, string> } => (ageMs > 0 ? { headers: { age: String(Math.ceil(ageMs / 1_000)) } } : {});
