/** The command's input and output in tests: what it wrote, and what a person answers. */
import type { Io } from '../../cli/io.ts';

export interface TestIo extends Io {
  written: string[];
  errors: string[];
  questions: string[];
  /** Addresses that were opened in a browser. */
  opened: string[];
  end(): void;
}

/** `answer`: to every yes-or-no question; `answers`: to the others, in order. Without either, there is no one to ask. */
export function testIo({
  env = {},
  answer,
  answers,
  columns = 140,
  browser,
}: { env?: Record<string, string>; answer?: boolean; answers?: string[]; columns?: number; browser?: (address: string) => unknown } = {}): TestIo {
  const ended = new AbortController();
  const written: string[] = [];
  const errors: string[] = [];
  const questions: string[] = [];
  const opened: string[] = [];
  return {
    written,
    errors,
    questions,
    opened,
    canBrowse: browser !== undefined,
    openBrowser: (address) => {
      if (!browser) return Promise.resolve(false);
      opened.push(address);
      void browser(address);
      return Promise.resolve(true);
    },
    env,
    invokedAs: 'rolewave',
    pasteable: (text) => text,
    tookToken: () => undefined,
    out: (text) => void written.push(text),
    err: (text) => void errors.push(text),
    terminal: false,
    canAsk: answer !== undefined || answers !== undefined,
    columns: () => columns,
    confirm: async (question) => {
      questions.push(question);
      return answer ?? false;
    },
    ask: async (question) => {
      questions.push(question);
      const next = answers?.shift();
      if (next === undefined) throw new Error(`nobody answers: ${question}`);
      return next;
    },
    screen: process.stdout,
    ended: ended.signal,
    end: () => ended.abort(),
  };
}
