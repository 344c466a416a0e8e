local verdict, lease, waiters = KEYS[1], KEYS[2], KEYS[3]
local owner, fence, value, ttl, charge = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local window, attempts, ended = tonumber(ARGV[6]), tonumber(ARGV[7]), now - ARGV[8]

local function settle(refused, pending, guess, reservation)
  ensure(refused, 'zset')
  ensure(pending, 'zset')
  redis.call('ZREM', pending, guess .. reservation)
  if charge == 'reset' then
    redis.call('ZREMRANGEBYSCORE', refused, '-inf', ended)
  elseif charge == 'refuse' then
    redis.call('ZREMRANGEBYSCORE', refused, '-inf', now - window)
    if not redis.call('ZSCORE', refused, guess) then
      redis.call('ZADD', refused, ended, guess)
      redis.call('PEXPIRE', refused, window)
    end
  end
end

-- Charge the guesses first, in the same step that stores the verdict.
local lists = {}
for i = 4, #KEYS, 2 do
  settle(KEYS[i], KEYS[i + 1], ARGV[i + 5], ARGV[i + 6])
  lists[#lists + 1] = refused_of(KEYS[i], window, attempts)
end

local is_holder = fence ~= '' and get(lease) == owner .. fence
-- The callers of other instances that wait for this call share its result at the same moment.
if is_holder and charge ~= 'return' then
  ensure(waiters, 'hash')
  local fields = redis.call('HLEN', waiters) <= max_reservations and redis.call('HGETALL', waiters) or {}
  for i = 1, #fields, 2 do
    local is_ours, names = pcall(cmsgpack.unpack, fields[i + 1])
    -- All keys of an account begin alike; what does not was written by others.
    local start = string.match(waiters, '^(.*)w:')
    local is_key = function(name) return type(name) == 'string' and string.sub(name, 1, #start) == start end
    if is_ours and type(names) == 'table' and is_key(names[1]) and is_key(names[2]) and #fields[i] == 24 then
      settle(names[1], names[2], string.sub(fields[i], 1, 16), string.sub(fields[i], 17))
    end
  end
  redis.call('UNLINK', waiters)
end

-- The verdict of a call that has lost its lease may be older than the stored one.
if value ~= '' and (fence == '' or is_holder or not get(verdict)) then
  redis.call('SET', verdict, value, 'PX', ttl)
end
if is_holder then
  redis.call('DEL', lease)
end
return lists
