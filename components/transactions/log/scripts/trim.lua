-- KEYS as for append, parts of the entries; ARGV epoch, up to, bytes up to there,
--      twice the number of watermarks, each with its transaction, number of keys, them, number of guards, them,
--      then users, each with the milliseconds in the newest of their keys that tells it
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local upto, at = tonumber(ARGV[2]), 5 + tonumber(ARGV[4])
local trimmed = redis.call('HGET', KEYS[5], 'trimmed') or '0'
if upto <= tonumber(trimmed) then return 0 end
for i = 5, at - 1, 2 do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[i] .. '-0', ARGV[i] .. '-0')[1]
  if tonumber(ARGV[i]) < upto or not entry or entry[2][2] ~= ARGV[i + 1] then return 0 end
end
for _, hash in ipairs({KEYS[3], KEYS[4]}) do
  for i = at + 1, at + tonumber(ARGV[at]) do
    local value = redis.call('HGET', hash, ARGV[i])
    if value and tonumber(string.match(value, '^%d+')) <= upto then redis.call('HDEL', hash, ARGV[i]) end
  end
  at = at + 1 + tonumber(ARGV[at])
end
for i = 7, #KEYS do redis.call('UNLINK', KEYS[i]) end
for _, id in ipairs(redis.call('ZRANGE', KEYS[6], '-inf', ARGV[2], 'BYSCORE')) do redis.call('UNLINK', KEYS[6] .. ':' .. id) end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', ARGV[2])
for i = at, #ARGV, 2 do
  local field = 'mark:' .. ARGV[i]
  if tonumber(ARGV[i + 1]) > tonumber(redis.call('HGET', KEYS[5], field) or '-1') then redis.call('HSET', KEYS[5], field, ARGV[i + 1]) end
end
-- Only where every trim before this one has noted its keys.
if redis.call('HGET', KEYS[5], 'keys_marked') == trimmed then redis.call('HSET', KEYS[5], 'keys_marked', ARGV[2]) end
redis.call('HSET', KEYS[5], 'trimmed', ARGV[2], 'trimmed_bytes', ARGV[3])
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', upto + 1))
