-- KEYS as for append; ARGV epoch, up to where entries have left, then users, each with the milliseconds in the newest of their keys
if redis.call('GET', KEYS[2]) ~= ARGV[1] or (redis.call('HGET', KEYS[5], 'trimmed') or '0') ~= ARGV[2] then return 0 end
for i = 3, #ARGV, 2 do
  local field = 'mark:' .. ARGV[i]
  if tonumber(ARGV[i + 1]) > tonumber(redis.call('HGET', KEYS[5], field) or '-1') then redis.call('HSET', KEYS[5], field, ARGV[i + 1]) end
end
redis.call('HSET', KEYS[5], 'keys_marked', ARGV[2])
return 1
