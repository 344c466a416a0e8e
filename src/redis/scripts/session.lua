-- Takes one of a session's attempts.
--
-- KEYS[1]: the session. ARGV: the number of attempts allowed, the attempts that the instance knows to be used, the
-- attempts that it granted while Redis was unavailable, and the session's remaining lifetime in milliseconds.
-- Returns whether an attempt was left (1 or 0), and the number of used attempts.
local allowed, seen, unshared = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
-- A value of another type or form is ignored and replaced.
local value = redis.pcall('GETRANGE', KEYS[1], 0, 63)
local stored = type(value) == 'string' and tonumber(string.match(value, '^%d+$')) or 0
local used = math.min(math.max(stored, seen) + unshared, allowed)
local granted = 0
if used < allowed then
  granted = 1
  used = used + 1
end
redis.call('SET', KEYS[1], string.format('%.0f', used), 'PX', ARGV[4])
return {granted, used}
