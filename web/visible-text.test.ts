import { h, render } from 'preact';
import { beforeAll, afterAll, expect, test, vi } from 'vitest';
import './visible-text.ts';

/** As much of a document as Preact needs to show a tree. */
class Element {
  childNodes: (Element | Text)[] = [];
  attributes = new Map<string, string>();
  parentNode: Element | null = null;
  style = {};
  namespaceURI = 'http://www.w3.org/1999/xhtml';
  localName: string;
  constructor(localName: string) {
    this.localName = localName;
  }
  get firstChild(): Element | Text | null {
    return this.childNodes[0] ?? null;
  }
  setAttribute(name: string, value: string) {
    this.attributes.set(name, value);
  }
  removeAttribute(name: string) {
    this.attributes.delete(name);
  }
  insertBefore(node: Element | Text, next: Element | Text | null) {
    const at = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(at, 0, node);
    node.parentNode = this;
    return node;
  }
  removeChild(node: Element | Text) {
    this.childNodes = this.childNodes.filter((each) => each !== node);
    return node;
  }
  get text(): string {
    return this.childNodes.map((each) => (each instanceof Text ? each.data : each.text)).join('');
  }
}
class Text {
  parentNode: Element | null = null;
  nextSibling = null;
  data: string;
  constructor(data: string) {
    this.data = data;
  }
}

beforeAll(() => {
  vi.stubGlobal('document', {
    createElementNS: (_namespace: string, name: string) => new Element(name),
    createElement: (name: string) => new Element(name),
    createTextNode: (data: string) => new Text(data),
  });
});
afterAll(() => vi.unstubAllGlobals());

const shown = (tree: preact.VNode): Element => {
  const root = new Element('div');
  render(tree, root as never);
  return root;
};

const old = 'Payroll \u202egnol\u200b';
const visible = 'Payroll [U+202E]gnol[U+200B]';

test.each<[string, () => preact.VNode]>([
  ['the text of an element', () => h('p', null, old)],
  ['one of several', () => h('p', null, 'a ', old, 1)],
  ['what a component returns', () => h(() => old as unknown as preact.VNode, {})],
  ['what a component is given', () => h(({ children }: { children?: preact.ComponentChildren }) => h('b', null, children), {}, old)],
  ['a list', () => h('ul', null, [h('li', { key: 1 }, old)])],
  ['a drawing', () => h('svg', null, h('text', null, old))],
])('%s is shown with its characters by name', (_what, tree) => {
  expect(shown(tree()).text).toContain(visible);
});

test.each(['title', 'aria-label', 'alt', 'placeholder'])('so is the attribute %s', (name) => {
  const [element] = shown(h('p', { [name]: old }, 'x')).childNodes;
  const attribute = (element as Element).attributes.get(name) ?? (element as unknown as Record<string, string>)[name];
  expect(attribute).toBe(visible);
});

test('a text that changes stays visible, and what is sent is as it was given', () => {
  const root = new Element('div');
  render(h('p', null, 'x'), root as never);
  render(h('p', null, old), root as never);
  expect(root.text).toBe(visible);
  const [input] = shown(h('input', { value: old }) as preact.VNode).childNodes;
  const { value, attributes } = input as unknown as { value?: string; attributes: Map<string, string> };
  expect(value ?? attributes.get('value')).toBe(old);
});
