// Hints below the fields: what can be recognized without asking CleverTap. A hint does not prevent submission.

import { setText } from './dom.js';
import { hintText, recognize } from './recognize.js';

// The form of an incompletely typed account id.
const EARLY = ['incomplete', 'account_name', 'lower_case', 'misread_character'];

/** Shows the hints for the values in the fields. `rows` is the guidance catalogue, `active` the field with the focus. */
export function showHints(view, { rows, active }) {
  const { account_id: account, passcode } = view.fields;
  const hints = recognize(account.input.value, passcode.input.value);
  for (const [name, { input, hint }] of [['account_id', account], ['passcode', passcode]]) {
    const found = hints.find(({ field }) => field === name);
    const isEarly = EARLY.includes(found?.reason) && active === input;
    const isMarked = input.ariaInvalid === 'true';
    setText(hint, found && !isEarly && !isMarked ? hintText(rows, found) : null);
  }
}

export function clearHints(view) {
  setText(view.fields.account_id.hint, null);
  setText(view.fields.passcode.hint, null);
}
