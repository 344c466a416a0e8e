-- Adds what one instance admitted for its clients to what all of them did.
--
-- KEYS: one for each client. ARGV, four for each: the tokens taken, the time that refills them, the time until the bucket
-- is full as far as the instance knows, the longest such time to remember; all times in nanoseconds.
-- Returns, two for each client: the time until its bucket is full, in microseconds, and the tokens ever taken.
-- A value is "MICROSECONDS TOKENS": when the bucket is full, by this server's clock, and the tokens ever taken.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {}
for index, key in ipairs(KEYS) do
  local first = 4 * (index - 1)
  local tokens = tonumber(ARGV[first + 1])
  local cost, known, most = ARGV[first + 2] / 1000, ARGV[first + 3] / 1000, ARGV[first + 4] / 1000
  -- A value of another type or form counts as none, and is replaced.
  local value = redis.pcall('GET', key)
  local full_at, total = string.match(type(value) == 'string' and value or '', '^(%d+) (%d+)$')
  local debt
  if full_at then
    debt = math.max(full_at - now, 0) + cost
    total = total + tokens
  else
    -- It expired, or was lost; what the instance knows then stands.
    debt = math.max(known, cost)
    total = tokens
  end
  debt = math.ceil(math.min(debt, most))
  total = math.min(total, 9e15)
  redis.call('SET', key, string.format('%.0f %.0f', now + debt, total), 'PX', math.ceil(debt / 1000) + 10000)
  answer[#answer + 1] = debt
  answer[#answer + 1] = total
end
return answer
