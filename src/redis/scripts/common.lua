-- Use the server's time, because the clocks of instances may differ.
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = math.floor(us / 1000)

-- Values that this service did not write must not block Redis: reads are bounded, and deletions run in the background.
local max_value, max_reservations = 128, 10000

-- Reads a string. A key of another type was not written by this service, and is deleted.
local function get(key)
  local value = redis.pcall('GETRANGE', key, 0, max_value - 1)
  if type(value) == 'table' then
    redis.call('UNLINK', key)
    return false
  end
  return value ~= '' and value
end

local function ensure(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then
    redis.call('UNLINK', key)
  end
end

-- Computes a request of a rate (GCRA): returns the time until its turn, and what to store if the turn is taken. A
-- stored time that is further ahead than any turn (from another server's clock, or written by others) counts as a
-- used-up burst.
local function turn_of(key, emission, burst, horizon)
  local full = emission * burst
  local ahead = tonumber(get(key) or '')
  if not ahead or not (ahead >= us) then
    ahead = us
  elseif ahead > us + full + horizon then
    ahead = us + full
  end
  return math.max(0, ahead + emission - full - us), ahead + emission
end

local function take_turn(key, ahead)
  redis.call('SET', key, string.format('%.0f', ahead), 'PX', math.ceil((ahead - us) / 1000) + 1000)
end

-- Returns the newest refused guesses, as many as the budget has, with their ages. A time further ahead than a window
-- was not written by this service, and does not count.
local function refused_of(key, window, attempts)
  ensure(key, 'zset')
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local refused = redis.call('ZREVRANGEBYSCORE', key, now + window, '-inf', 'WITHSCORES', 'LIMIT', 0, attempts)
  for i = 2, #refused, 2 do
    refused[i] = now - refused[i]
  end
  return refused
end
