-- KEYS stream, guards, guard sets, the set; ARGV transaction, whether it is the first call, position of the cut that it rests on,
--      milliseconds that the set waits for its entry, guards
-- Makes a set of guards that are too many for one call. From the first call on whoever moves one that is in it takes it out of the
-- guard sets, see append.lua; what has moved before it came in is seen here.
if ARGV[2] == '1' then redis.call('ZADD', KEYS[3], 'inf', ARGV[1]) end
if not redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
local last = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
for _, value in ipairs(redis.call('HMGET', KEYS[2], unpack(ARGV, 5))) do
  local position = tonumber(value or '0')
  if position > tonumber(ARGV[3]) and position <= last then
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('UNLINK', KEYS[4])
    return 0
  end
end
redis.call('SADD', KEYS[4], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[4], ARGV[4])
return 1
