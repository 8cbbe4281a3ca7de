/**
 * The same answer to everybody who asks the same while it is being asked for, and to nobody later: for what never changes, or is not the newest anyway.
 * `by`: of what is asked, all that the answer depends on.
 */
export function togetherBy<Asked, By, Answer>(by: (asked: Asked) => By, ask: (of: By) => Promise<Answer>): (asked: Asked) => Promise<Answer> {
  const running = new Map<string, Promise<Answer>>();
  return (asked) => {
    const of = by(asked);
    const key = JSON.stringify(of);
    const now = running.get(key) ?? ask(of).finally(() => running.delete(key));
    running.set(key, now);
    return now;
  };
}
