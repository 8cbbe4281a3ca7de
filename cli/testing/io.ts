/** The command's world in tests: what it wrote, and a person's answers. */
import type { Io } from '../io.ts';

export interface TestIo extends Io {
  written: string[];
  errors: string[];
  questions: string[];
  end(): void;
}

export function testIo({ env = {}, answer, columns = 140 }: { env?: Record<string, string>; answer?: boolean; columns?: number } = {}): TestIo {
  const ended = new AbortController();
  const written: string[] = [];
  const errors: string[] = [];
  const questions: string[] = [];
  return {
    written,
    errors,
    questions,
    env,
    out: (text) => void written.push(text),
    err: (text) => void errors.push(text),
    terminal: false,
    canAsk: answer !== undefined,
    columns: () => columns,
    confirm: async (question) => {
      questions.push(question);
      return answer ?? false;
    },
    screen: process.stdout,
    ended: ended.signal,
    end: () => ended.abort(),
  };
}
