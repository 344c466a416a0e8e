// Shows an answer: the checks, what a person should do, and at which field. Also derives the checks of a problem,
// because only a verdict lists them.

import { h } from './dom.js';
import { FIELDS, clearBlock, clearField, fillBlock, listChecks, markField, regionName } from './view.js';

const UNKNOWN = { region_reachable: 'unknown', credentials: 'unknown', partner_whitelisted: 'unknown' };
const UNREACHABLE = ['upstream_unavailable', 'upstream_timeout'];

/** Removes everything of the last answer. */
export function clearOutcome(view) {
  FIELDS.forEach((name) => clearField(view, name));
  [view.advice, view.alert, view.success].forEach(clearBlock);
  view.advice.root.remove();
}

/** The states of the checks while waiting for the answer. */
export const PENDING = { format: 'passed', region_reachable: 'pending', credentials: 'pending', partner_whitelisted: 'pending' };

/**
 * Shows an answer. `actions` are its buttons. Returns the name of the first field with a problem, or
 * null.
 */
export function showOutcome(view, { kind, body }, { t, actions, regions }) {
  listChecks(view, checksOf(kind, body), t);
  const content = contentOf(kind, body, { t, actions, regions });
  if (kind === 'verdict' && body.verified === true && body.status === 'verified') {
    fillBlock(view.success, { ...content, tone: 'success', mark: 'accepted' });
    return null;
  }
  const errors = errorsOf(body);
  const fields = FIELDS.filter((name) => errors[name] || body.guidance?.fields?.includes(name));
  const tone = body.guidance?.retryable || kind === 'unavailable' ? 'waiting' : 'rejected';
  const filled = { ...content, tone, mark: tone === 'waiting' ? 'warning' : 'refused' };
  if (fields.length === 0) {
    fillBlock(view.alert, filled);
    return null;
  }
  fillBlock(view.advice, filled);
  view.fields[fields.at(-1)].root.append(view.advice.root);
  fields.forEach((name) => markField(view, name, errors[name], true));
  return fields[0];
}

function contentOf(kind, body, { t, actions, regions }) {
  const advice = kind === 'unavailable' ? null : body.guidance;
  if (!advice) {
    return {
      title: t('offline'),
      paragraphs: [t('offlineMessage'), t('offlineAction')],
      buttons: actions,
    };
  }
  const isFine = kind === 'verdict' && body.verified === true;
  return {
    title: advice.title,
    paragraphs: isFine ? [advice.message] : [advice.message, advice.action],
    buttons: actions,
    lines: [...warningsOf(body), notAsked(body, regions, t), isFine ? null : references(body, advice, t)].filter(Boolean),
  };
}

function warningsOf(body) {
  return (body.warnings ?? []).map((warning) => warning.message);
}

/** Names the regions that could not be asked, if there were several. */
function notAsked(body, regions, t) {
  const isVerdict = (outcome) => ['verified', 'invalid_credentials', 'partner_not_whitelisted'].includes(outcome);
  const left = (body.regions ?? []).filter(({ outcome }) => !isVerdict(outcome));
  if (left.length === 0) return null;
  const names = left.map(({ id }) => {
    const region = regions.find((candidate) => candidate.id === id);
    return region ? regionName(region) : id;
  });
  return t('notAsked', { regions: names.join(', ') });
}

/** The documentation, a prepared message to support, and the id of this request in the logs. */
function references(body, advice, t) {
  const line = h('span', { class: 'references' });
  if (/^https:\/\//.test(advice.docs_url ?? '')) {
    line.append(h('a', { href: advice.docs_url, target: '_blank', rel: 'noopener noreferrer' }, t('more')));
  }
  // The customer must not send a partner's request to CleverTap; it is in the event's detail.
  if (advice.support?.to && advice.owner !== 'partner') {
    const { to, subject, body: text } = advice.support;
    const address = `mailto:${encodeURIComponent(to)}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text)}`;
    line.append(h('a', { href: address }, t('support')));
  }
  if (advice.owner !== 'customer' && body.request_id) {
    line.append(h('span', {}, `${t('requestId')}: `, h('code', { dir: 'ltr' }, body.request_id)));
  }
  return line.childNodes.length > 0 ? line : null;
}

function errorsOf(body) {
  const errors = {};
  for (const { pointer, detail } of body.errors ?? []) errors[pointer?.replace('#/', '')] ??= detail;
  return errors;
}

function checksOf(kind, body) {
  const listed = Object.fromEntries((body.checks ?? []).map(({ name, status }) => [name, status]));
  const isKnown = (status) => ['passed', 'failed', 'unknown'].includes(status);
  let derived = { format: 'passed', ...UNKNOWN };
  if (body.code === 'invalid_request') derived.format = 'failed';
  else if (UNREACHABLE.includes(body.code)) derived.region_reachable = 'failed';
  else if (kind !== 'verdict') derived = { format: 'unknown', ...UNKNOWN };
  for (const [name, status] of Object.entries(derived)) derived[name] = isKnown(listed[name]) ? listed[name] : status;
  return derived;
}
