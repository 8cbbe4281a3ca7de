/** The configured channels; none of them connects before its first notice. */
import type { Channel } from './channel.ts';
import type { NoticeSettings } from './settings.ts';
import { smtp } from './smtp.ts';
import { terminal } from './terminal.ts';
import { webhook } from './webhook.ts';

export function openChannels(settings: NoticeSettings): Channel[] {
  return [
    ...(settings.webhook ? [webhook(settings.webhook)] : []),
    ...(settings.smtp ? [smtp(settings.smtp)] : []),
    ...(settings.terminal === undefined ? [] : [terminal(settings.terminal)]),
  ];
}
