// Shows the descriptions of the OpenAPI document, which are written in CommonMark: the subset that they use, built as
// elements and never as markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

const INLINE = /(`+)([\s\S]*?[^`])\1(?!`)|\*\*([\s\S]+?)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)|<(https?:\/\/[^>\s]+)>/g;

/** Returns the inline parts of a text: code, strong text and links. */
export function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), inlinePart(match));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)];
}

function inlinePart([whole, , code, strong, emphasis, label, target, address]) {
  if (code) return make('code', {}, code.trim());
  if (strong) return make('strong', {}, inline(strong));
  if (emphasis) return make('em', {}, inline(emphasis));
  const href = target ?? address;
  // Only unambiguous addresses become links.
  return /^(?:https?:\/\/|[#/.])/.test(href) ? make('a', { href }, inline(label ?? address)) : whole;
}

/** Returns the blocks of a text: paragraphs, headings, lists, tables and code. */
export function prose(text = '') {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks = [];
  while (lines.length > 0) {
    if (!lines[0].trim()) lines.shift();
    else blocks.push(takeBlock(lines));
  }
  return blocks;
}

function takeBlock(lines) {
  const [line] = lines;
  if (/^\s*```/.test(line)) return takeFence(lines);
  if (/^#{1,6}\s/.test(line)) return make('p', { class: 'heading' }, inline(lines.shift().replace(/^#+\s*/, '')));
  if (/^\s*[-*]\s/.test(line)) return takeList(lines, 'ul', /^\s*[-*]\s+/);
  if (/^\s*\d+[.)]\s/.test(line)) return takeList(lines, 'ol', /^\s*\d+[.)]\s+/);
  if (line.includes('|') && /^[\s|:-]+$/.test(lines[1] ?? '') && lines[1].includes('-')) return takeTable(lines);
  if (/^(?: {4}|\t)/.test(line)) return codeBlock(takeWhile(lines, (next) => /^(?: {4}|\t|\s*$)/.test(next)).map((next) => next.replace(/^(?: {4}|\t)/, '')));
  const isParagraph = (next) => next.trim() && !/^\s*(?:```|#{1,6}\s|[-*]\s)/.test(next);
  return make('p', {}, inline([lines.shift(), ...takeWhile(lines, isParagraph)].map((part) => part.trim()).join(' ')));
}

function takeWhile(lines, isPart) {
  const taken = [];
  while (lines.length > 0 && isPart(lines[0])) taken.push(lines.shift());
  return taken;
}

function takeFence(lines) {
  lines.shift();
  const body = takeWhile(lines, (line) => !/^\s*```/.test(line));
  lines.shift();
  return codeBlock(body);
}

function codeBlock(lines) {
  return make('div', { class: 'code' }, make('pre', { tabindex: 0, role: 'group', 'aria-label': 'Code' }, lines.join('\n').trimEnd()));
}

function takeList(lines, tag, mark) {
  const items = [];
  while (lines.length > 0 && (mark.test(lines[0]) || /^\s{2,}\S/.test(lines[0]))) {
    const line = lines.shift();
    if (mark.test(line)) items.push(line.replace(mark, ''));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return make(tag, { class: 'list' }, items.map((item) => make('li', {}, inline(item))));
}

function takeTable(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => inline(cell.trim()));
  const head = cells(lines.shift());
  lines.shift();
  const rows = takeWhile(lines, (line) => line.includes('|')).map(cells);
  return table(head, rows);
}

/** Returns a table in a box that scrolls independently on a narrow screen. */
export function table(head, rows, label = 'Table') {
  return make(
    'div',
    { class: 'table', tabindex: 0, role: 'group', 'aria-label': label },
    make(
      'table',
      {},
      make('thead', {}, make('tr', {}, head.map((cell) => make('th', { scope: 'col' }, cell)))),
      make('tbody', {}, rows.map((row) => make('tr', {}, row.map((cell) => make('td', {}, cell))))),
    ),
  );
}
