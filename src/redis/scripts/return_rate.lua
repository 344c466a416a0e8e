-- Returns a turn that was taken and not used. The turns that others took since then keep their times.
local key, emission = KEYS[1], tonumber(ARGV[1])
local ahead = tonumber(get(key) or '')
if ahead then
  if ahead - emission > us then
    take_turn(key, ahead - emission)
  else
    redis.call('DEL', key)
  end
end
return {}
