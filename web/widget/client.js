// Calls the service. The passcode is an argument here and a member of one request body; nothing stores it.

const TIMEOUT = 15_000;
const VERDICTS = ['verified', 'invalid_credentials', 'wrong_region', 'partner_not_whitelisted'];

/** Fetches a public catalogue. It needs no token, so none is sent and no preflight is needed. */
export async function fetchCatalogue(endpoint, path, signal) {
  const response = await fetch(`${endpoint}${path}`, { signal, credentials: 'omit' });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/**
 * Sends one verification and returns `{ kind, body }`: `verdict`, `problem`, or `unavailable` if there was no
 * readable answer. Throws only if `abort` was called for a reason other than the timeout.
 */
export async function verify({ endpoint, token, request, abort }) {
  const timer = setTimeout(() => abort.abort('timeout'), TIMEOUT);
  try {
    const response = await fetch(`${endpoint}/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(request),
      signal: abort.signal,
      credentials: 'omit',
      // A redirect would send the passcode to another host.
      redirect: 'error',
      // A page with the policy `no-referrer` would send `Origin: null`, to which no session token is bound.
      referrerPolicy: 'strict-origin',
    });
    return read(response, await response.text());
  } catch (error) {
    if (abort.signal.aborted && abort.signal.reason !== 'timeout') throw error;
    return unavailable(abort.signal.aborted ? 'timeout' : 'network_error', 0);
  } finally {
    clearTimeout(timer);
  }
}

function read(response, text) {
  let body;
  try {
    // The service never returns a passcode; if a proxy does so, it is removed here.
    body = JSON.parse(text, (key, value) => (key === 'passcode' ? undefined : value));
  } catch {
    return unavailable('unreadable_answer', response.status);
  }
  if (response.status === 200 && VERDICTS.includes(body?.status)) return { kind: 'verdict', body };
  if (!response.ok && typeof body?.code === 'string') return { kind: 'problem', body };
  return unavailable('unreadable_answer', response.status);
}

/** A problem in the service's format, for the case that the service sent none. */
function unavailable(code, status) {
  return { kind: 'unavailable', body: { code, status, guidance: null } };
}
