// Starts the real service on free ports and stops it again.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export function binary() {
  const candidates = [process.env.CONNECT_VERIFIER_BIN, `${root}target/release/connect-verifier`, `${root}target/debug/connect-verifier`];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error('no connect-verifier found: build it, or name it in CONNECT_VERIFIER_BIN');
  return found;
}

/** Starts `connect-verifier serve` and waits for its listeners. Returns `{ base, sandbox, stop }`. */
export async function startService({ args = ['--sandbox'], env = {} } = {}) {
  const child = spawn(binary(), ['serve', ...args], {
    env: {
      PATH: process.env.PATH,
      CONNECT_VERIFIER__SERVER__LISTEN: '127.0.0.1:0',
      CONNECT_VERIFIER__SERVER__ADMIN_LISTEN: '127.0.0.1:0',
      CONNECT_VERIFIER__SERVER__DRAIN_DELAY: '0s',
      CONNECT_VERIFIER__TELEMETRY__LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const addresses = {};
  const lines = [];
  const wanted = args.includes('--sandbox') ? ['public', 'sandbox'] : ['public'];
  await new Promise((resolve, reject) => {
    const read = (line) => {
      lines.push(line);
      try {
        const { listener, address } = JSON.parse(line);
        if (listener) addresses[listener] = address;
      } catch {
        // Lines in other formats contain no address.
      }
      if (wanted.every((name) => addresses[name])) resolve();
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}:\n${lines.join('\n')}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null) return resolve();
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { base: `http://${addresses.public}`, sandbox: `http://${addresses.sandbox}`, stop, lines };
}
