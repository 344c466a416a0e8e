// The widget's own texts. The service explains its answers, in the same language.

import ar from './strings/ar.json';
import de from './strings/de.json';
import en from './strings/en.json';
import es from './strings/es.json';
import fr from './strings/fr.json';
import hi from './strings/hi.json';
import id from './strings/id.json';
import pt from './strings/pt-BR.json';
import th from './strings/th.json';
import vi from './strings/vi.json';

const LANGUAGES = { en, es, 'pt-BR': pt, id, hi, ar, vi, th, fr, de };

/** Picks the first language that exists, by whole tag or by its first part; English is the fallback. */
export function pickLanguage(wanted) {
  const tags = Object.keys(LANGUAGES);
  for (const tag of wanted.filter(Boolean)) {
    const lower = tag.toLowerCase();
    const found =
      tags.find((known) => known.toLowerCase() === lower) ??
      tags.find((known) => known.split('-')[0] === lower.split('-')[0]);
    if (found) return found;
  }
  return 'en';
}

export function directionOf(tag) {
  return tag === 'ar' ? 'rtl' : 'ltr';
}

/** Returns the function that looks up a text and fills in its placeholders, written `{name}`. */
export function translator(tag) {
  const texts = LANGUAGES[tag] ?? en;
  return (key, values = {}) =>
    (texts[key] ?? en[key] ?? '').replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
