-- KEYS as for append; ARGV epoch expected, position or -1, transaction there or '', new epoch, fork or -1 for the end, the change as JSON
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
local exists, last = redis.call('EXISTS', KEYS[1]) == 1, 0
if exists then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local function at(position)
  return redis.call('XRANGE', KEYS[1], string.format('%.0f-0', position), string.format('%.0f-0', position))[1]
end
local position = tonumber(ARGV[2])
if position > 0 and position <= last then
  local entry = at(position)
  if entry and (ARGV[3] == '' or entry[2][2] == ARGV[3]) then return 0 end
  if not entry and position <= tonumber(redis.call('HGET', KEYS[5], 'trimmed') or '0') then return 0 end
end
local change = cjson.decode(ARGV[6])
change['fork'] = math.min(last, tonumber(ARGV[5]))
if change['fork'] < 0 then change['fork'] = last end
local entry = at(change['fork'])
change['fork_transaction'] = entry and entry[2][2] or cjson.null
if not exists then
  redis.call('DEL', KEYS[3], KEYS[4], KEYS[6])
  redis.call('HDEL', KEYS[5], 'newest', 'trimmed', 'trimmed_bytes', 'bytes', 'applied', 'applied_bytes')
elseif tonumber(redis.call('HGET', KEYS[5], 'applied') or '0') > change['fork'] then
  redis.call('HSET', KEYS[5], 'applied', string.format('%.0f', change['fork']), 'applied_bytes', entry and entry[2][4] or redis.call('HGET', KEYS[5], 'trimmed_bytes') or '0')
end
-- Keys may be lost with their entries and be on the main database all the same.
redis.call('HDEL', KEYS[5], 'keys_marked')
local changes = cjson.decode(redis.call('HGET', KEYS[5], 'changes') or '[]')
table.insert(changes, 1, change)
while #changes > 8 do table.remove(changes) end
redis.call('HSET', KEYS[5], 'changes', cjson.encode(changes))
redis.call('SET', KEYS[2], ARGV[4])
return 1
