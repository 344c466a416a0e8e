local lease, pending = KEYS[1], KEYS[2]
local owner, fence, lease_ms, member, hold, hold_most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

if fence ~= '' then
  local holder = get(lease)
  if not holder or holder == owner .. fence then
    redis.call('SET', lease, owner .. fence, 'PX', lease_ms)
  end
end
ensure(pending, 'zset')
redis.call('ZADD', pending, 'XX', now + hold, member)
redis.call('PEXPIRE', pending, hold_most)
return 1
