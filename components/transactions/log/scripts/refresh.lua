-- KEYS as for append; ARGV from position, count; an entry that should be there: epoch, position, transaction or ''
local epoch = redis.call('GET', KEYS[2]) or ''
local last = '0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = string.match(info[i + 1], '^%d+') end
  end
end
local trimmed = redis.call('HGET', KEYS[5], 'trimmed') or '0'
local lost = 0
if ARGV[5] ~= '' and ARGV[3] == epoch then
  local position = tonumber(ARGV[4])
  local entry = redis.call('XRANGE', KEYS[1], ARGV[4] .. '-0', ARGV[4] .. '-0')[1]
  if position > tonumber(last) or (entry and entry[2][2] ~= ARGV[5]) or (not entry and position > tonumber(trimmed)) then lost = 1 end
end
local NAMES = {'applied', 'processor', 'bytes', 'applied_bytes', 'trimmed_bytes', 'read_floor', 'resolved_floor', 'applied_wal', 'changes', 'keys_marked'}
local reply = {'epoch', epoch, 'last', last, 'trimmed', trimmed, 'lost', lost, 'entries', redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])}
for i, value in ipairs(redis.call('HMGET', KEYS[5], unpack(NAMES))) do
  reply[#reply + 1] = NAMES[i]
  reply[#reply + 1] = value or ''
end
return reply
