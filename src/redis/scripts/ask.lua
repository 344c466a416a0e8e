local verdict, lease, refused, pending, waiters, rate = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local oldest, awaited, owner, fence, lease_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local guess, reservation, hold, hold_most = ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local attempts, window = tonumber(ARGV[10]), tonumber(ARGV[11])
local emission, burst, horizon, wait_most = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])

-- The layout is defined in value.rs.
local stored = get(verdict)
if stored and #stored >= 42 then
  local is_young = oldest ~= '' and struct.unpack('>I8', stored, 2) >= tonumber(oldest)
  if is_young or (awaited ~= '' and string.sub(stored, 18, 25) == awaited) then
    return {'hit', stored}
  end
end

local known = {}
if guess ~= '' then
  ensure(refused, 'zset')
  ensure(pending, 'zset')
  for i = 16, #ARGV, 2 do
    if not redis.call('ZSCORE', refused, ARGV[i]) then
      redis.call('ZADD', refused, now - ARGV[i + 1], ARGV[i])
      redis.call('PEXPIRE', refused, window)
    end
  end
  known = refused_of(refused, window, attempts)
  redis.call('ZREMRANGEBYSCORE', pending, '-inf', now)
  local seen, used, oldest_age = {}, 0, 0
  for i = 1, #known, 2 do
    seen[known[i]] = true
    used = used + 1
    oldest_age = math.max(oldest_age, known[i + 1])
  end
  local is_full = used >= attempts
  local is_known = seen[guess] or is_full and redis.call('ZSCORE', refused, guess)
  -- A reservation that expires later than any can is ignored, as a lease is.
  local reserved = redis.call('ZRANGEBYSCORE', pending, '-inf', now + hold_most, 'LIMIT', 0, max_reservations)
  for _, member in ipairs(reserved) do
    local other = string.sub(member, 1, 16)
    is_known = is_known or other == guess
    if not seen[other] then
      seen[other] = true
      used = used + 1
    end
  end
  if not is_known and used >= attempts then
    return {'too many', is_full and math.max(1, window - oldest_age) or 1000, known}
  end
end

local function reserve()
  if guess ~= '' then
    redis.call('ZADD', pending, now + hold, guess .. reservation)
    redis.call('PEXPIRE', pending, hold_most)
  end
end

local holder = get(lease)
if holder and #holder == 16 then
  if string.sub(holder, 1, 8) == owner then
    fence = string.sub(holder, 9)
  else
    -- Ignore a lease that expires later than any lease can.
    local left = redis.call('PTTL', lease)
    if left >= 0 and left <= tonumber(lease_ms) then
      reserve()
      if guess ~= '' then
        -- The holder settles this guess together with its own.
        ensure(waiters, 'hash')
        redis.call('HSET', waiters, guess .. reservation, cmsgpack.pack({refused, pending}))
        redis.call('PEXPIRE', waiters, hold_most)
      end
      return {'held', string.sub(holder, 9), known}
    end
  end
end

local wait = -1
if rate then
  local ahead
  wait, ahead = turn_of(rate, emission, burst, horizon)
  if wait > wait_most then
    return {'busy', wait, known}
  end
  take_turn(rate, ahead)
end
reserve()
redis.call('SET', lease, owner .. fence, 'PX', lease_ms)
return {'go', fence, wait, known}
