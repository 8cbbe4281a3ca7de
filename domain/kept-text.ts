/** Of a text that a person sent, a workflow keeps the beginning: it is carried for each package of a wave. All of it is in the recorded message and event. */
const mostKept = 250;

export const keptText = (text: string): string => (text.length > mostKept ? `${text.slice(0, mostKept - 1).replace(/[\ud800-\udbff]$/, '')}…` : text);
