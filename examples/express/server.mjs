// Express: POST /connect checks a customer's CleverTap credentials.
//   npm install && CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… node server.mjs
// Put the route behind your login: each call counts against your rate.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { session } from './session.mjs'; // for the widget; not needed for POST /connect

const { CONNECT_VERIFIER_URL: service, CONNECT_VERIFIER_KEY: key, PORT: port = '3000' } = process.env;
if (!service || !key) throw new Error('set CONNECT_VERIFIER_URL and CONNECT_VERIFIER_KEY');

async function verify(credential, req) {
  try {
    const answer = await fetch(`${service}/v1/verify`, {
      method: 'POST',
      headers: {
        'Authorization': `Bearer ${key}`,
        'Content-Type': 'application/json',
        'Accept-Language': req.get('Accept-Language') ?? '',
        'X-Request-Id': req.get('X-Request-Id') ?? '', // the service generates one if it is empty
      },
      body: JSON.stringify(credential),
      redirect: 'error', // a redirect would send the passcode to another host
      signal: AbortSignal.timeout(12_000), // the service answers within 10 s
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) ?? {} };
  } catch (error) {
    // Only the name: messages may contain sent or received data.
    console.error(`connect-verifier: no usable answer: ${error.name}`);
    return { status: 0, headers: new Headers(), body: {} };
  }
}

const app = express();
app.use(session);
app.get('/', (req, res) => res.sendFile(fileURLToPath(new URL('../form.html', import.meta.url))));

app.post('/connect', express.urlencoded({ extended: false, limit: '16kb' }), async (req, res) => {
  const { account_id, passcode, region, suggest_region } = req.body ?? {};
  const credential = { account_id, passcode, region, suggest_region: suggest_region === 'true' };
  const { status, headers, body } = await verify(credential, req);
  const isVerdict = status === 200 && typeof body.verified === 'boolean';
  const isEntry = status === 422 && body.code === 'invalid_request';
  const outcome = isVerdict ? body.status : body.code ?? 'unreachable';
  // If body.verified, store body.account_id, body.region.id and the passcode, encrypted: see "What to store" in
  // docs/INTEGRATION.md.
  const guidance = body.guidance ?? { fields: [] }; // without an answer, the form shows its own text
  if (['partner', 'operator'].includes(guidance.owner)) {
    console.error(`connect-verifier: ${outcome} is for our ${guidance.owner}, request ${body.request_id}`);
  }
  const fields = {}; // the text for each field of the form that has one
  for (const name of guidance.fields) {
    fields[name] = body.errors?.find(({ pointer }) => pointer === `#/${name}`)?.detail ?? guidance.title;
  }
  for (const name of ['Retry-After', 'Content-Language', 'X-Request-Id']) {
    if (headers.has(name)) res.set(name, headers.get(name));
  }
  res.status(isVerdict ? 200 : isEntry ? 422 : 503).set('Cache-Control', 'no-store').json({
    status: outcome,
    verified: isVerdict && body.verified,
    try_again: !isVerdict && !isEntry,
    title: guidance.title,
    message: guidance.message,
    action: guidance.action,
    fields,
    suggested_region: body.suggested_region ?? null,
  });
});

app.listen(Number(port), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
