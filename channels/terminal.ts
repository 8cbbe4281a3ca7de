/** Prints notices on a terminal: for trying out Rolewave. */
import { write } from 'node:fs';
import { promisify } from 'node:util';
import type { Channel, NoticeMessage } from './channel.ts';
import { noticeWords } from './notice-words.ts';

const writeTo = promisify(write) as unknown as (fd: number, text: string) => Promise<unknown>;

/** `fd`: an open file descriptor; 1 is standard output. */
export function terminal(fd: number): Channel {
  return {
    name: 'terminal',
    recipients: () => [''],
    send: async (message) => {
      await writeTo(fd, blockOf(message));
    },
  };
}

/** One write, so that no log line comes in between. */
function blockOf(message: NoticeMessage): string {
  const words = noticeWords(message);
  const lines = [words.subject, ...words.body.split('\n').map((line) => (line === '' ? '' : `  ${line}`))];
  return `\n── ${lines.join('\n')}\n\n`;
}
