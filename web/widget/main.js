import { ConnectForm } from './element.js';

const NAME = 'clevertap-connect-form';

// If a page loads the script twice, possibly in two versions, the first one is used.
if (!customElements.get(NAME)) customElements.define(NAME, ConnectForm);

export { ConnectForm };
