import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inMarkdown, oneLine, withoutLinks } from './free-text.ts';

test.each([
  ['https://evil.example/login?x=1', 'hxxps[:]//evil[.]example/login?x=1'],
  ['HTTP://EVIL.example', 'hxxp[:]//EVIL[.]example'],
  ['see www.evil.example now', 'see www[.]evil[.]example now'],
  ['evil.com/wave-1', 'evil[.]com/wave-1'],
  ['write to ceo@evil.example', 'write to ceo[at]evil[.]example'],
  ['mailto:a', 'mailto[:]a'],
  ['javascript:alert(1)', 'javascript[:]alert(1)'],
  ['ftp://x', 'ftp[:]//x'],
  ['//evil.example/a', '//evil[.]example/a'],
  ['evil。example', 'evil[.]example'],
  ['evil․example/login', 'evil[.]example/login'],
  ['www․evil﹒example', 'www[.]evil[.]example'],
  ['https：／／evil．example', 'hxxps[:]／／evil[.]example'],
  ['ceo＠evil.example', 'ceo[at]evil[.]example'],
  ['\\\\203.0.113.5\\share', '[\\\\]203.0.113.5\\share'],
  ['search-ms:query=x', 'search-ms[:]query=x'],
  ['smb:x and callto:y', 'smb[:]x and callto[:]y'],
  ['<!channel> look', '[<]!channel> look'],
  ['<#C024BE7LR|general>', '[<]#C024BE7LR|general>'],
  ['1 < 2, <b>', '1 < 2, <b>'],
  ['due at 12:30, 3.5 per day. Next: review', 'due at 12:30, 3.5 per day. Next: review'],
])('%s is written %s', (text, written) => {
  expect(withoutLinks(text)).toBe(written);
});

test('no program finds an address in it: no scheme, no host with a name, no mail address', () => {
  const words = fc.array(fc.constantFrom('http', 'https', ':', '//', 'www', '.', 'evil', 'com', '@', ' ', 'a', '1', '/', 'mailto'), { maxLength: 14 });
  fc.assert(
    fc.property(
      words.map((parts) => parts.join('')),
      (text) => {
        expect(withoutLinks(text)).not.toMatch(/https?:|:\/\/|@|\bwww\.|[a-z0-9]\.[a-z]|\bmailto:\S/i);
      },
    ),
  );
});

test('no line break stays, and a control, an unseen character or a change of direction is seen by name', () => {
  expect(oneLine('a\r\nBcc: x\u0000\u001b[31m\u202eevil\u2066\u200bb\u2028c\ufeff')).toBe(
    'a Bcc: x[U+0000][U+001B][31m[U+202E]evil[U+2066][U+200B]b c[U+FEFF]',
  );
});

test.each([
  ['# heading', '\\# heading'],
  ['**bold** _it_ `code`', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\`'],
  ['[x](https://evil.example)', '\\[x\\]\\(hxxps\\[\\:\\]//evil\\[\\.\\]example\\)'],
  ['<img src=x> | cell', '\\<img src\\=x\\> \\| cell'],
  ['- item\n1. item', '\\- item 1\\. item'],
  ['12 granted, 1 kept', '12 granted, 1 kept'],
])('in Markdown %j is text: %s', (text, written) => {
  expect(inMarkdown(text)).toBe(written);
});
