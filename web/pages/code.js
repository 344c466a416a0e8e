// Shows code and JSON with syntax colours, built from text nodes and never from markup.

const JSON_PARTS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi;
const CODE_PARTS = /(^\s*(?:\/\/|#).*$|<!--[\s\S]*?-->)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(<\/?[a-z][\w-]*|\/?>)/gim;

/** Fills an element with a value as indented JSON. */
export function showJson(element, value) {
  paint(element, JSON.stringify(value, null, 2), JSON_PARTS, ([, text, colon, word]) => {
    if (text) return colon ? 'key' : 'string';
    return word ? 'word' : 'number';
  });
}

/** Fills an element with a piece of HTML, JavaScript or shell: strings, tags and comments are coloured. */
export function showCode(element, text) {
  paint(element, text, CODE_PARTS, ([, comment, string]) => (comment ? 'comment' : string ? 'string' : 'key'));
}

function paint(element, text, parts, kindOf) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(parts)) {
    const span = document.createElement('span');
    span.className = kindOf(match);
    span.textContent = match[0];
    nodes.push(text.slice(end, match.index), span);
    end = match.index + match[0].length;
  }
  element.replaceChildren(...nodes, text.slice(end));
}

/** Makes a button copy the result of `text()`, and briefly confirm it. */
export function copyButton(button, text, labels) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = labels().copied;
    setTimeout(() => (button.textContent = labels().copy), 1600);
  });
}
