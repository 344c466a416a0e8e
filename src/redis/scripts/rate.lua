local horizon, wait_most = tonumber(ARGV[1]), tonumber(ARGV[2])

local wait, turns = 0, {}
for i, key in ipairs(KEYS) do
  local own, ahead = turn_of(key, tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2]), horizon)
  wait, turns[i] = math.max(wait, own), ahead
end
if wait > wait_most then
  return {0, wait}
end
for i, key in ipairs(KEYS) do
  take_turn(key, turns[i])
end
return {1, wait}
