import { ConnectForm } from './element.js';

const NAME = 'clevertap-connect-form';

// A page that loads the script twice, from two versions perhaps, keeps the first.
if (!customElements.get(NAME)) customElements.define(NAME, ConnectForm);

export { ConnectForm };
