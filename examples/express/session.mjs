// Express: POST /session gives the widget in your page a token that expires soon, so that the API key stays here.
// PAGE_ORIGIN is the origin of the page, https://dash.example.com, listed in the client's `allowed_origins`.
// Put the route behind your login: each token counts against your rate.
import { Router } from 'express';

const { CONNECT_VERIFIER_URL: service, CONNECT_VERIFIER_KEY: key, PAGE_ORIGIN: origin } = process.env;

export const session = Router();

session.post('/session', async (req, res) => {
  res.set('Cache-Control', 'no-store');
  try {
    const answer = await fetch(`${service}/v1/sessions`, {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ origin, ttl_seconds: 900 }),
      redirect: 'error',
      signal: AbortSignal.timeout(12_000),
    });
    const { token, expires_at, code } = await answer.json();
    if (answer.ok && token) return res.json({ token, expires_at });
    console.error(`connect-verifier: no session: ${code}, request ${answer.headers.get('X-Request-Id')}`);
  } catch (error) {
    console.error(`connect-verifier: no session: ${error.name}`);
  }
  res.status(503).json({ try_again: true });
});
