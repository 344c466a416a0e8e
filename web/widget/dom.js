// Building elements without markup strings: no innerHTML and no style attribute, so the widget runs under a strict
// Content-Security-Policy and no external text is ever parsed as HTML.

const SVG = 'http://www.w3.org/2000/svg';

const CIRCLE = 'M10 17.6a7.6 7.6 0 1 0 0-15.2 7.6 7.6 0 0 0 0 15.2z';

// The path of each icon, drawn with a stroke in a square of 20 by 20.
const ICONS = {
  passed: 'M4.5 10.5l3.6 3.6 7.4-8',
  failed: 'M5.5 5.5l9 9m0-9l-9 9',
  unknown: 'M5 10h10',
  pending: 'M10 3.5a6.5 6.5 0 1 1-6.5 6.5',
  arrow: 'M5 7.5l5 5 5-5',
  accepted: `${CIRCLE}M6.6 10.2l2.4 2.4 4.6-5`,
  refused: `${CIRCLE}M7.3 7.3l5.4 5.4m0-5.4l-5.4 5.4`,
  warning: `${CIRCLE}M10 6v4.6m0 3v.1`,
  show: 'M2 10s2.9-5.4 8-5.4S18 10 18 10s-2.9 5.4-8 5.4S2 10 2 10zm8 2.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z',
  hide: 'M3 3l14 14M8.1 4.8A8 8 0 0 1 10 4.6c5.1 0 8 5.4 8 5.4a14 14 0 0 1-2.5 3.1M5 6.2A13.5 13.5 0 0 0 2 10s2.9 5.4 8 5.4a8 8 0 0 0 3.7-.9M8.4 8.4a2.4 2.4 0 0 0 3.3 3.3',
};

/** Creates an element. A key of `attributes` with the value null or false is omitted; `on…` keys are listeners. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

/** Draws an icon as decoration: the text next to it has the same meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon ${name}`);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** Shows a text in an element, and hides the element if there is none. */
export function setText(element, text) {
  element.textContent = text ?? '';
  element.hidden = !text;
}
