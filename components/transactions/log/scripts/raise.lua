-- KEYS floor; ARGV timeline and LSN, fields to raise; answers the first of them
local function parts(text)
  local timeline, high, low = string.match(text, '^(%d+) (%x+)/(%x+)$')
  if not timeline then return {0, 0, 0} end
  return {tonumber(timeline), tonumber(high, 16), tonumber(low, 16)}
end
local function raise(field)
  local held = redis.call('HGET', KEYS[1], field) or ''
  local before, after = parts(held), parts(ARGV[1])
  for i = 1, 3 do
    if after[i] < before[i] then return held end
    if after[i] > before[i] then
      redis.call('HSET', KEYS[1], field, ARGV[1])
      return ARGV[1]
    end
  end
  return held
end
for i = 3, #ARGV do raise(ARGV[i]) end
return raise(ARGV[2])
