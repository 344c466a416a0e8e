// A small client over the types that openapi-typescript makes of the document. It must compile, and it runs against the
// sandbox: node client.js http://127.0.0.1:PORT
import assert from 'node:assert/strict';
import type { components, operations, paths } from './openapi.js';

type Schemas = components['schemas'];
type VerifyRequest = Schemas['VerifyRequest'];
type Verdict = Schemas['Verdict'];
type Problem = Schemas['Problem'];
type Answer = { verdict: Verdict } | { problem: Problem; retryAfter: number | null };

class Client {
  constructor(
    private readonly base: string,
    private readonly key?: string,
  ) {}

  async verify(request: VerifyRequest): Promise<Answer> {
    const response = await this.send('/v1/verify', { method: 'POST', body: JSON.stringify(request) });
    if (response.ok) return { verdict: (await response.json()) as Verdict };
    const retryAfter = response.headers.get('retry-after');
    return { problem: (await response.json()) as Problem, retryAfter: retryAfter === null ? null : Number(retryAfter) };
  }

  async session(request: Schemas['SessionRequest']): Promise<Schemas['Session']> {
    const response = await this.send('/v1/sessions', { method: 'POST', body: JSON.stringify(request) });
    return (await response.json()) as operations['createSession']['responses'][201]['content']['application/json'];
  }

  async regions(): Promise<Schemas['ListedRegion'][]> {
    return ((await (await this.send('/v1/regions')).json()) as Schemas['Regions']).regions;
  }

  async guidance(lang: string): Promise<Schemas['ListedGuidance'][]> {
    const response = await this.send('/v1/guidance', {}, `?lang=${lang}`);
    return ((await response.json()) as Schemas['GuidanceCatalogue']).guidance;
  }

  private send(path: keyof paths, init: RequestInit = {}, query = ''): Promise<Response> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.key) headers['authorization'] = `Bearer ${this.key}`;
    return fetch(this.base + path + query, { ...init, headers });
  }
}

/** What a form shows. Every code is handled: one more in the document is an error of the compiler. */
function fieldOf(code: Schemas['GuidanceCode']): 'account_id' | 'passcode' | 'region' | null {
  switch (code) {
    case 'check_account_id':
      return 'account_id';
    case 'check_credentials':
    case 'looks_like_token':
    case 'fields_swapped':
      return 'passcode';
    case 'choose_region':
      return 'region';
    case 'verified':
    case 'request_whitelisting':
    case 'retry_shortly':
    case 'slow_down':
    case 'too_many_attempts':
    case 'contact_operator':
    case 'fix_request':
      return null;
  }
}

// @ts-expect-error A passcode is required.
const withoutPasscode: VerifyRequest = { account_id: 'W9R-486-4W5Z', region: 'in1' };
// @ts-expect-error There is no such status.
const unknownStatus: Verdict['status'] = 'maybe';
void [withoutPasscode, unknownStatus];

const client = new Client(process.argv[2] ?? '', process.argv[3]);

const verified = await client.verify({ account_id: 'TEST-200-OKA-0000', passcode: 'GOOD-PASSCODE', region: 'in1' });
assert('verdict' in verified && verified.verdict.status === 'verified' && verified.verdict.verified);

const refused = await client.verify({ account_id: 'TEST-400-BAD-0000', passcode: 'x', region: 'EU1', lang: 'de' });
assert('verdict' in refused && fieldOf(refused.verdict.guidance.code) === 'passcode');

const pasted = await client.verify({
  passcode: 'GOOD-PASSCODE',
  region: 'https://us1.dashboard.clevertap.com/TEST-200-OKA-0000/main',
});
assert('verdict' in pasted && pasted.verdict.region?.id === 'us1');

const invalid = await client.verify({ account_id: 'W9R-486-4W5Z', passcode: 'x', region: 'atlantis' });
assert('problem' in invalid && invalid.problem.errors?.[0]?.code === 'unknown_region' && invalid.retryAfter === null);

const busy = await client.verify({ account_id: 'TEST-429-BSY-0000', passcode: 'GOOD-PASSCODE', region: 'in1' });
assert('problem' in busy && busy.problem.code === 'upstream_busy' && (busy.retryAfter ?? 0) > 0);

const session = await client.session({ origin: 'https://dash.example.com', ttl_seconds: 60 });
assert(session.token.split('.').length === 3 && Date.parse(session.expires_at) > Date.now());

assert((await client.regions()).some(({ id, aliases }) => id === 'in1' && aliases.includes('in')));
assert((await client.guidance('hi')).some(({ reason }) => reason === 'email_address'));
console.log('the client works');
