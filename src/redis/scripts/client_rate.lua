-- Adds the tokens that one instance took for its clients to the buckets that all instances share.
--
-- KEYS: one per client. ARGV, five per client: the tokens taken, the time that refills them, the time in which they
-- were taken, the minimum time until the bucket is full, and the maximum time to store; all times in nanoseconds.
-- Returns two values per client: the time until its bucket is full, in microseconds, and the total of tokens taken.
-- A value is "MICROSECONDS TOKENS": when the bucket is full, by this server's clock, and the total of tokens taken.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {}
for index, key in ipairs(KEYS) do
  local at = 5 * index - 4
  local cost, period, least, most = ARGV[at + 1] / 1000, ARGV[at + 2] / 1000, ARGV[at + 3] / 1000, ARGV[at + 4] / 1000
  -- A value of another type or form is ignored and replaced. A valid one has at most 33 characters.
  local value = redis.pcall('GETRANGE', key, 0, 63)
  local full_at, total = string.match(type(value) == 'string' and value or '', '^(%d+) (%d+)$')
  full_at, total = tonumber(full_at) or 0, math.min(tonumber(total) or 0, 9e15) + tonumber(ARGV[at])
  -- No stored time is further ahead than the maximum debt.
  if full_at > now + most then
    full_at = 0
  end
  -- Tokens taken from a full bucket have been refilling since the first one was taken.
  local debt = math.max(full_at, now - period) + cost - now
  debt = math.ceil(math.min(math.max(debt, least), most))
  redis.call('SET', key, string.format('%.0f %.0f', now + debt, total), 'PX', math.ceil(debt / 1000) + 10000)
  answer[#answer + 1] = debt
  answer[#answer + 1] = total
end
return answer
