local verdict, lease = KEYS[1], KEYS[2]
local owner, fence, value, ttl, charge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local window, attempts = tonumber(ARGV[6]), tonumber(ARGV[7])

-- Charge the guesses first, in the same step that stores the verdict.
local lists = {}
for i = 3, #KEYS, 2 do
  local refused, pending = KEYS[i], KEYS[i + 1]
  local guess, reservation = ARGV[i + 5], ARGV[i + 6]
  ensure_set(refused)
  ensure_set(pending)
  redis.call('ZREM', pending, guess .. reservation)
  if charge == 'reset' then
    redis.call('UNLINK', refused)
  elseif charge == 'refuse' then
    redis.call('ZREMRANGEBYSCORE', refused, '-inf', now - window)
    if not redis.call('ZSCORE', refused, guess) then
      redis.call('ZADD', refused, now, guess)
      redis.call('PEXPIRE', refused, window)
    end
  end
  lists[#lists + 1] = refused_of(refused, window, attempts)
end

local is_holder = fence ~= '' and get(lease) == owner .. fence
-- The verdict of a call that has lost its lease may be older than the stored one.
if value ~= '' and (fence == '' or is_holder or not get(verdict)) then
  redis.call('SET', verdict, value, 'PX', ttl)
end
if is_holder then
  redis.call('DEL', lease)
end
return lists
