/** A writer for the small part of XML 1.0 that reports need. */

/**
 * An element with attributes and children. A string child is text, and an attribute that is undefined is left
 * out.
 */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly (Element | string)[];
}

export function element(
  name: string,
  attributes: Element['attributes'] = {},
  children: Element['children'] = [],
): Element {
  return { name, attributes, children };
}

/** Returns the document with this root, one element per line. */
export function toXml(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}\n`;
}

function write({ name, attributes, children }: Element, indent: string): string {
  const start = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('');
  if (children.length === 0) return `${indent}<${name}${start}/>`;
  if (children.some((child) => typeof child === 'string')) {
    const inside = children.map((child) =>
      typeof child === 'string' ? escapeText(child) : write(child, ''),
    );
    return `${indent}<${name}${start}>${inside.join('')}</${name}>`;
  }
  const inside = children.map((child) => write(child as Element, `${indent}  `));
  return `${indent}<${name}${start}>\n${inside.join('\n')}\n${indent}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Escapes text between tags. A carriage return becomes a reference, or parsers would turn it into a line feed
 * (XML 1.0, 2.11).
 */
export const escapeText = (text: string): string =>
  visible(text)
    .replace(/[&<>"']/g, (found) => entities[found]!)
    .replace(/\r/g, '&#13;');

/**
 * Escapes an attribute's value. White space becomes references, or parsers would turn it into spaces (XML 1.0,
 * 3.3.3).
 */
export const escapeAttribute = (text: string): string =>
  escapeText(text).replace(/\t/g, '&#9;').replace(/\n/g, '&#10;');

/**
 * Shows characters that XML 1.0 cannot express even as references as `\u0007`: most control characters, lone
 * surrogates, U+FFFE and U+FFFF (2.2, Char).
 */
function visible(text: string): string {
  return text.replace(
    /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
