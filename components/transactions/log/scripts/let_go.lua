-- KEYS guard sets, a set; ARGV transaction
-- A set whose entry has not come and will not.
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and score ~= 'inf' then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('UNLINK', KEYS[2])
