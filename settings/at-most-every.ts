/**
 * The same answer to everybody who asks while it is being asked for, and for this time after it came or failed: anyone who asks often costs the server nothing,
 * however long it takes to answer. `ask` must settle at some time.
 */
export function atMostEvery<T>(everyMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; untilMs: number } | undefined;
  return () => {
    if (last && Date.now() <= last.untilMs) return last.answer;
    const asked = { answer: ask(), untilMs: Infinity };
    const answered = () => {
      asked.untilMs = Date.now() + everyMs;
    };
    asked.answer.then(answered, answered);
    last = asked;
    return asked.answer;
  };
}
