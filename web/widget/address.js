// Reads a pasted dashboard address: `https://us1.dashboard.clevertap.com/W9R-486-4W5Z/main` names both the region and
// the account.

import { repairAccountId } from './repair.js';

const ADDRESS = /^(?:https?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)\.?(?::\d+)?(?:[/?#]|$)/i;
const ACCOUNT_ID = /^(?:TEST-)?[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{4}$/i;

/**
 * Returns `{ region, accountId }` for an address whose host belongs to one of the regions, or null. `region` is the region's id; `accountId` is null if the address has none.
 */
export function readAddress(text, regions) {
  const repaired = repairAccountId(text);
  const host = ADDRESS.exec(repaired)?.[1].toLowerCase();
  const region = host && regions.find((candidate) => hostsOf(candidate).includes(host));
  if (!region) return null;
  const path = repaired.replace(/^https?:\/\//i, '').split(/[?#]/)[0].split('/');
  const accountId = path.slice(1).find((part) => ACCOUNT_ID.test(part)) ?? null;
  return { region: region.id, accountId };
}

function hostsOf(region) {
  const dashboard = URL.canParse(region.dashboard_url) ? [new URL(region.dashboard_url).host] : [];
  return [...dashboard, region.api_host, ...(region.aliases ?? [])]
    .map((host) => host.toLowerCase())
    .filter((host) => host.includes('.') && !/^(?:127\.|localhost)/.test(host));
}
