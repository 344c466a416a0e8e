-- Takes one of a session's attempts.
--
-- KEYS[1]: the session. ARGV: its attempts, those that the instance knows to be used, those that it granted without this
-- server, the milliseconds that the session still lives.
-- Returns whether there was one left (1 or 0), and how many are used now.
local allowed, seen, unshared = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local value = redis.pcall('GET', KEYS[1])
local stored = type(value) == 'string' and tonumber(string.match(value, '^%d+$')) or 0
local used = math.min(math.max(stored, seen) + unshared, allowed)
local granted = 0
if used < allowed then
  granted = 1
  used = used + 1
end
redis.call('SET', KEYS[1], string.format('%.0f', used), 'PX', ARGV[4])
return {granted, used}
